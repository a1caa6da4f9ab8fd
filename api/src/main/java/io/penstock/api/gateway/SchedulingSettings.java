package io.penstock.api.gateway;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.engine.boot.SchedulingOptions;
import io.penstock.engine.core.ServiceTier;
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

  /** How a tier is to be served. */
  SchedulingOptions.Tier of(ServiceTier tier) {
    return options.tiers().get(tier.ordinal());
  }
}
