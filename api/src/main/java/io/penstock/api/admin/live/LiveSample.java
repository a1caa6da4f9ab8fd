package io.penstock.api.admin.live;

import io.penstock.api.gateway.EngineFigures;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What this server does at a moment. Rates are of the last five seconds, counts of the last five
 * minutes; a figure that is not known is null.
 *
 * @param maxQueued requests that may wait for a model
 * @param longestWaitMillis of those that wait for their first token
 * @param chargedTodayMicros of all organizations since midnight UTC, micro-units of the currency
 */
record LiveSample(
    Instant at,
    double outputTokensPerSecond,
    double promptTokensPerSecond,
    double requestsPerSecond,
    int running,
    int waiting,
    int maxQueued,
    Long longestWaitMillis,
    long ended5Min,
    long failed5Min,
    long refused5Min,
    Long chargedTodayMicros,
    List<Model> models,
    List<Tier> tiers,
    List<Tenant> tenants) {

  /**
   * @param state loading, ready or failed
   * @param busy share of the time in which it computed
   * @param cacheHitRatio share of prompt tokens found in the cache, of the last five minutes
   * @param preemptions5Min requests that were paused
   */
  record Model(
      String id,
      String state,
      String detail,
      Double busy,
      Double cacheHitRatio,
      Long preemptions5Min,
      EngineFigures figures) {}

  /**
   * Targets are null where there are none.
   *
   * @param firstTokens requests of the last five minutes that got one
   */
  record Tier(
      String tier,
      int running,
      int waiting,
      long firstTokens,
      Double firstP50Millis,
      Double firstP99Millis,
      Double firstMostMillis,
      Long firstTargetMillis,
      long gaps,
      Double betweenP50Millis,
      Double betweenP99Millis,
      Long betweenTargetMillis) {}

  /**
   * @param share devices that its requests keep busy: seconds of computing in a second
   * @param fairShare the part of what all together keep busy that is its by the weights of those
   *     that run or wait now
   * @param waitsFor what most of its requests that wait wait for: place, cache, step or tier; null
   *     when none waits
   */
  record Tenant(
      UUID id,
      String name,
      double share,
      double tokensPerSecond,
      int running,
      int waiting,
      Long longestWaitMillis,
      long refused5Min,
      double fairShare,
      String waitsFor) {}

  /**
   * Five seconds of the past.
   *
   * @param busy devices that all together kept busy
   * @param tenants those that used most first; history has the first of them only
   */
  record Point(
      Instant at,
      double outputTokensPerSecond,
      double requestsPerSecond,
      int running,
      int waiting,
      long failed,
      long refused,
      double busy,
      List<TierPoint> tiers,
      List<TenantPoint> tenants) {
    Point withMost(int most) {
      return tenants.size() <= most
          ? this
          : new Point(
              at,
              outputTokensPerSecond,
              requestsPerSecond,
              running,
              waiting,
              failed,
              refused,
              busy,
              tiers,
              tenants.subList(0, most));
    }
  }

  record TierPoint(String tier, Double firstP99Millis) {}

  record TenantPoint(UUID id, String name, double share, double tokensPerSecond) {}

  /** What came before, oldest first, for whoever begins to watch. */
  record History(int stepSeconds, List<Point> points) {}
}
