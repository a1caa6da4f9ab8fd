package io.penstock.api.admin.live;

import io.penstock.api.admin.live.LiveSample.Point;
import io.penstock.api.gateway.EngineFigures;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.SchedulingSettings;
import io.penstock.api.gateway.live.LatencyWindow.Percentiles;
import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.gateway.live.RequestTrace;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** Makes figures for people of two readings of the counters. */
final class SampleMaker {
  private static final int MOST_TENANTS = 200;
  private static final LiveFigures.TenantCount NOTHING =
      new LiveFigures.TenantCount(null, "", 1, 0, 0, 0, 0);

  private final LiveFigures figures;
  private final ModelRegistry registry;
  private final SchedulingSettings scheduling;
  private final int maxQueued;

  SampleMaker(
      LiveFigures figures, ModelRegistry registry, SchedulingSettings scheduling, int maxQueued) {
    this.figures = figures;
    this.registry = registry;
    this.scheduling = scheduling;
    this.maxQueued = maxQueued;
  }

  /** What of a tenant's runs and waits. */
  private static final class Work {
    int running;
    int waiting;
    long longestWaitNanos;
    final Map<String, Integer> causes = new HashMap<>();

    void add(RequestTrace trace, WaitReasons.Reason reason) {
      if (reason != null) {
        causes.merge(reason.waitsFor(), 1, Integer::sum);
      }
      if (trace.firstTokenNanos() < 0) {
        waiting++;
        longestWaitNanos = Math.max(longestWaitNanos, trace.elapsedNanos());
      } else {
        running++;
      }
    }

    String mostlyWaitsFor() {
      return causes.entrySet().stream()
          .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry::getKey))
          .map(Map.Entry::getKey)
          .orElse(null);
    }

    Long longestWaitMillis() {
      return waiting == 0 ? null : longestWaitNanos / 1_000_000;
    }
  }

  /**
   * @param before some seconds ago, for rates
   * @param fiveMinutes the oldest reading of the last five minutes, for counts
   */
  LiveSample make(Counters now, Counters before, Counters fiveMinutes, Long chargedToday) {
    double seconds = now.secondsSince(before);
    Map<UUID, Work> work = new HashMap<>();
    Work all = new Work();
    Collection<RequestTrace> running = figures.running();
    WaitReasons reasons =
        new WaitReasons(
            running,
            model -> {
              EngineFigures of = now.models().get(model);
              return of == null ? null : of.waitsFor();
            });
    for (RequestTrace trace : running) {
      WaitReasons.Reason reason = reasons.of(trace);
      if (reason != null) {
        trace.waitsFor(reason.waitsFor());
      }
      work.computeIfAbsent(trace.subject().tenantId(), _ -> new Work()).add(trace, reason);
      all.add(trace, reason);
    }
    List<LiveSample.Model> models = models(now, before, fiveMinutes, seconds);
    return new LiveSample(
        Instant.now(),
        sum(now, before, EngineFigures::generationTokens) / seconds,
        sum(now, before, EngineFigures::promptTokens) / seconds,
        Counters.grown(now.requests(), before.requests()) / seconds,
        all.running,
        all.waiting,
        maxQueued,
        all.longestWaitMillis(),
        (long) Counters.grown(now.count().ended(), fiveMinutes.count().ended()),
        (long) Counters.grown(now.count().failed(), fiveMinutes.count().failed()),
        (long) Counters.grown(now.refused(), fiveMinutes.refused()),
        chargedToday,
        models,
        tiers(now),
        tenants(now, before, fiveMinutes, seconds, work));
  }

  private static double sum(
      Counters now, Counters before, java.util.function.ToLongFunction<EngineFigures> counter) {
    return now.models().entrySet().stream()
        .mapToDouble(
            e -> {
              EngineFigures old = before.models().get(e.getKey());
              return Counters.grown(
                  counter.applyAsLong(e.getValue()), old == null ? 0 : counter.applyAsLong(old));
            })
        .sum();
  }

  private List<LiveSample.Model> models(
      Counters now, Counters before, Counters fiveMinutes, double seconds) {
    List<LiveSample.Model> models = new ArrayList<>();
    for (ModelStatus status : registry.all()) {
      EngineFigures is = now.models().get(status.id());
      String state = status.state().name().toLowerCase(Locale.ROOT);
      if (is == null) {
        models.add(
            new LiveSample.Model(status.id(), state, status.detail(), null, null, null, null));
        continue;
      }
      EngineFigures was = before.models().getOrDefault(status.id(), is);
      EngineFigures old = fiveMinutes.models().getOrDefault(status.id(), is);
      double queried = Counters.grown(is.prefixQueriedTokens(), old.prefixQueriedTokens());
      models.add(
          new LiveSample.Model(
              status.id(),
              state,
              status.model() == null ? "" : status.model().unavailableBecause(),
              Math.min(1, Counters.grown(is.stepSeconds(), was.stepSeconds()) / seconds),
              queried == 0
                  ? null
                  : Counters.grown(is.prefixCachedTokens(), old.prefixCachedTokens()) / queried,
              (long) Counters.grown(is.preemptions(), old.preemptions()),
              is));
    }
    return models;
  }

  private List<LiveSample.Tier> tiers(Counters now) {
    List<LiveSample.Tier> tiers = new ArrayList<>();
    boolean onDevice = now.models().values().stream().anyMatch(f -> f.device() != null);
    for (SchedulingSettings.Target target : scheduling.targets(onDevice)) {
      int running = 0;
      int waiting = 0;
      for (EngineFigures figures : now.models().values()) {
        for (EngineFigures.Tier tier : figures.tiers()) {
          if (tier.tier().equals(target.tier())) {
            running += tier.running();
            waiting += tier.waiting();
          }
        }
      }
      Percentiles first = figures.first(target.tier()).percentiles();
      Percentiles between = figures.between(target.tier()).percentiles();
      tiers.add(
          new LiveSample.Tier(
              target.tier(),
              running,
              waiting,
              first.count(),
              known(first.p50Millis()),
              known(first.p99Millis()),
              known(first.mostMillis()),
              target(target.timeToFirstToken()),
              between.count(),
              known(between.p50Millis()),
              known(between.p99Millis()),
              target(target.interToken())));
    }
    return tiers;
  }

  private static Double known(double value) {
    return Double.isNaN(value) ? null : value;
  }

  private static Long target(Duration target) {
    return target.isZero() ? null : target.toMillis();
  }

  private static List<LiveSample.Tenant> tenants(
      Counters now,
      Counters before,
      Counters fiveMinutes,
      double seconds,
      Map<UUID, Work> working) {
    Work idle = new Work();
    double busy = now.tenants().values().stream().mapToDouble(t -> share(t, before, seconds)).sum();
    double weights =
        now.tenants().values().stream()
            .filter(t -> working.containsKey(t.id()))
            .mapToDouble(LiveFigures.TenantCount::weight)
            .sum();
    return now.tenants().values().stream()
        .map(
            is -> {
              LiveFigures.TenantCount was = before.tenants().getOrDefault(is.id(), NOTHING);
              boolean works = working.containsKey(is.id());
              LiveFigures.TenantCount old = fiveMinutes.tenants().getOrDefault(is.id(), NOTHING);
              Work work = working.getOrDefault(is.id(), idle);
              return new LiveSample.Tenant(
                  is.id(),
                  is.name(),
                  share(is, before, seconds),
                  Counters.grown(is.tokens(), was.tokens()) / seconds,
                  work.running,
                  work.waiting,
                  work.longestWaitMillis(),
                  (long) Counters.grown(is.refused(), old.refused()),
                  works ? busy * is.weight() / weights : 0,
                  work.mostlyWaitsFor());
            })
        .filter(t -> t.share() > 0 || t.running() + t.waiting() > 0 || t.refused5Min() > 0)
        .sorted(
            Comparator.comparingDouble(LiveSample.Tenant::share)
                .reversed()
                .thenComparing(LiveSample.Tenant::name))
        .limit(MOST_TENANTS)
        .toList();
  }

  /** Devices that it keeps busy. */
  private static double share(LiveFigures.TenantCount is, Counters before, double seconds) {
    LiveFigures.TenantCount was = before.tenants().getOrDefault(is.id(), NOTHING);
    return Counters.grown(is.computeNanos(), was.computeNanos()) / 1e9 / seconds;
  }

  /** The step that ends now. */
  static Point point(LiveSample sample, Counters now, Counters last) {
    return new Point(
        sample.at(),
        sample.outputTokensPerSecond(),
        sample.requestsPerSecond(),
        sample.running(),
        sample.waiting(),
        (long) Counters.grown(now.count().failed(), last.count().failed()),
        (long) Counters.grown(now.refused(), last.refused()),
        sample.tenants().stream().mapToDouble(LiveSample.Tenant::share).sum(),
        sample.tiers().stream()
            .map(t -> new LiveSample.TierPoint(t.tier(), t.firstP99Millis()))
            .toList(),
        sample.tenants().stream()
            .filter(t -> t.share() > 0 || t.tokensPerSecond() > 0)
            .map(t -> new LiveSample.TenantPoint(t.id(), t.name(), t.share(), t.tokensPerSecond()))
            .toList());
  }
}
