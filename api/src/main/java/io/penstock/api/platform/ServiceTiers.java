package io.penstock.api.platform;

import io.penstock.engine.core.ServiceTier;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Tiers by the names that OpenAI's API and our tables give them. */
public final class ServiceTiers {
  private ServiceTiers() {}

  public static String name(ServiceTier tier) {
    return tier.name().toLowerCase(Locale.ROOT);
  }

  /** Empty when there is no tier of that name; names are exact. */
  public static Optional<ServiceTier> byName(String name) {
    return Arrays.stream(ServiceTier.values()).filter(tier -> name(tier).equals(name)).findFirst();
  }
}
