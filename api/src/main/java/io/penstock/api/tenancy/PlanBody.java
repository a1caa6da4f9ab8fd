package io.penstock.api.tenancy;

import io.penstock.api.platform.Plan;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.ServiceTier;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A plan on the wire. What a request leaves out gets its default; answers have all.
 *
 * @param name where the address has it too, the same or left out
 * @param tiers by default those of the standard plan: default, flex and batch
 * @param autoTier by default {@code default} where allowed, else the best of {@code tiers} that
 *     interactive calls may use
 * @param weight between 1/64 and 64; by default 1
 * @param cacheGroup null to share cached prefixes with nobody
 * @param maxQueuedRequests null for the server's bound; likewise the others for none
 */
record PlanBody(
    String name,
    List<String> tiers,
    String autoTier,
    Double weight,
    String cacheGroup,
    Integer maxQueuedRequests,
    Long maxQueuedTokens,
    Long maxOutputTokensPerMinute) {
  private static final String NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final double LEAST_WEIGHT = 1.0 / 64;
  private static final double MOST_WEIGHT = 64;
  private static final Set<ServiceTier> STANDARD =
      EnumSet.of(ServiceTier.DEFAULT, ServiceTier.FLEX, ServiceTier.BATCH);

  static PlanBody of(Plan plan) {
    return new PlanBody(
        plan.name(),
        plan.tiers().stream().map(ServiceTiers::name).toList(),
        ServiceTiers.name(plan.autoTier()),
        plan.weight(),
        plan.cacheGroup(),
        plan.maxQueuedRequests() == 0 ? null : Integer.valueOf(plan.maxQueuedRequests()),
        orNull(plan.maxQueuedTokens()),
        orNull(plan.maxOutputTokensPerMinute()));
  }

  private static Long orNull(long bound) {
    return bound == 0 ? null : Long.valueOf(bound);
  }

  /**
   * @throws ApiException 400 that names the field and what it may be
   */
  Plan toPlan(String name) {
    Set<ServiceTier> allowed = allowed();
    if (weight != null && !(weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT)) {
      throw ApiException.invalid("weight", "weight must be between 1/64 (0.015625) and 64.");
    }
    return new Plan(
        name,
        allowed,
        auto(allowed),
        weight == null ? 1 : weight,
        cacheGroup == null ? null : name("cache_group", cacheGroup),
        (int) bound("max_queued_requests", maxQueuedRequests),
        bound("max_queued_tokens", maxQueuedTokens),
        bound("max_output_tokens_per_minute", maxOutputTokensPerMinute));
  }

  private Set<ServiceTier> allowed() {
    if (tiers == null) {
      return STANDARD;
    }
    EnumSet<ServiceTier> allowed = EnumSet.noneOf(ServiceTier.class);
    for (int i = 0; i < tiers.size(); i++) {
      allowed.add(tier("tiers[" + i + "]", tiers.get(i)));
    }
    if (!allowed.stream().anyMatch(tier -> tier != ServiceTier.BATCH)) {
      throw ApiException.invalid(
          "tiers", "tiers must have at least one of priority, default and flex.");
    }
    return allowed;
  }

  private ServiceTier auto(Set<ServiceTier> allowed) {
    if (autoTier == null) {
      return allowed.contains(ServiceTier.DEFAULT)
          ? ServiceTier.DEFAULT
          : allowed.iterator().next(); // best first, and not only batch
    }
    ServiceTier tier = tier("auto_tier", autoTier);
    if (tier == ServiceTier.BATCH || !allowed.contains(tier)) {
      throw ApiException.invalid(
          "auto_tier", "auto_tier must be one of the plan's tiers, and not batch.");
    }
    return tier;
  }

  private static ServiceTier tier(String param, String name) {
    return ServiceTiers.byName(name)
        .orElseThrow(
            () ->
                ApiException.invalid(
                    param, param + " must be one of priority, default, flex and batch."));
  }

  private static long bound(String param, Number value) {
    if (value == null) {
      return 0;
    }
    if (value.longValue() < 1) {
      throw ApiException.invalid(param, param + " must be at least 1, or null for no bound.");
    }
    return value.longValue();
  }

  /** A plan's or a group's name. */
  static String name(String param, String value) {
    if (value == null || !value.matches(NAME)) {
      throw ApiException.invalid(
          param,
          param
              + " must have 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends.");
    }
    return value;
  }
}
