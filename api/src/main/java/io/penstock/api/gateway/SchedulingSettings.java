package io.penstock.api.gateway;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.engine.boot.SchedulingOptions;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.springframework.stereotype.Component;

/** The settings of who goes first, as engines have them; what is not set is the engine's own. */
@Component
public final class SchedulingSettings {
  private final SchedulingOptions options;

  SchedulingSettings(PenstockProperties properties) {
    this.options =
        new SchedulingOptions(
            SchedulingOptions.Policy.valueOf(properties.schedulingPolicy().name()),
            Arrays.stream(ServiceTier.values()).map(tier -> tier(properties, tier)).toList(),
            properties.maxQueuedRequestsPerTenant(),
            properties.interposedSteps());
  }

  private static SchedulingOptions.Tier tier(PenstockProperties properties, ServiceTier tier) {
    SchedulingOptions.Tier own = SchedulingOptions.DEFAULT.tiers().get(tier.ordinal());
    return new SchedulingOptions.Tier(
        set(properties.minimumShare(), tier, own.minimumShare()),
        set(properties.interTokenTarget(), tier, own.interTokenTarget()),
        set(properties.timeToFirstTokenTarget(), tier, own.timeToFirstTokenTarget()),
        set(properties.maxQueuedRequestsPerTier(), tier, own.maxQueuedRequests()),
        set(properties.maxQueuedTokensPerTier(), tier, own.maxQueuedTokens()));
  }

  private static <T> T set(List<T> values, ServiceTier tier, T otherwise) {
    return values.isEmpty() ? otherwise : values.get(tier.ordinal());
  }

  public SchedulingOptions options() {
    return options;
  }

  /**
   * What a tier promises.
   *
   * @param timeToFirstToken zero for no target, as {@code interToken}
   */
  public record Target(String tier, Duration timeToFirstToken, Duration interToken) {}

  /**
   * Of all tiers, the best first. Without a device that tells of itself, and unless the operator
   * set some, nothing is promised: what steps are then kept short for says little of the first
   * tokens of long prompts.
   *
   * @param onDevice whether one of the engines has such a device
   */
  public List<Target> targets(boolean onDevice) {
    if (!onDevice && sameTargets(options, SchedulingOptions.DEFAULT)) {
      return Arrays.stream(ServiceTier.values())
          .map(tier -> new Target(ServiceTiers.name(tier), Duration.ZERO, Duration.ZERO))
          .toList();
    }
    return Arrays.stream(ServiceTier.values())
        .map(
            tier ->
                new Target(
                    ServiceTiers.name(tier),
                    of(tier).timeToFirstTokenTarget(),
                    of(tier).interTokenTarget()))
        .toList();
  }

  private static boolean sameTargets(SchedulingOptions one, SchedulingOptions other) {
    return Arrays.stream(ServiceTier.values())
        .allMatch(
            tier -> {
              SchedulingOptions.Tier a = one.tiers().get(tier.ordinal());
              SchedulingOptions.Tier b = other.tiers().get(tier.ordinal());
              return a.timeToFirstTokenTarget().equals(b.timeToFirstTokenTarget())
                  && a.interTokenTarget().equals(b.interTokenTarget());
            });
  }

  private SchedulingOptions.Tier of(ServiceTier tier) {
    return options.tiers().get(tier.ordinal());
  }
}
