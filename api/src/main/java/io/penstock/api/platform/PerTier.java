package io.penstock.api.platform;

import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/**
 * Settings that have a value for each tier: one for all, or one for each, best tier first; empty
 * where none is set.
 */
final class PerTier {
  static final String ORDER = "priority, default, flex, batch";

  private PerTier() {}

  /**
   * One value for each tier, by its ordinal, or none.
   *
   * @param given as configured
   * @param range what {@code valid} accepts, for a person
   */
  static <T> List<T> of(List<T> given, String name, Predicate<T> valid, String range) {
    int tiers = ServiceTier.values().length;
    if (given.size() > 1 && given.size() != tiers) {
      throw new SettingException(
          "penstock.%s has %d values; give one for all tiers, or one for each: %s."
              .formatted(name, given.size(), ORDER));
    }
    for (T value : given) {
      if (!valid.test(value)) {
        throw new SettingException("penstock.%s must be %s, not %s.".formatted(name, range, value));
      }
    }
    return given.size() == 1 ? Collections.nCopies(tiers, given.getFirst()) : List.copyOf(given);
  }

  static List<Duration> durations(List<Duration> given, String name) {
    return of(given, name, d -> !d.isNegative(), "at least 0 (no target)");
  }

  static List<Integer> bounds(List<Integer> given, String name) {
    return of(given, name, b -> b >= 0, "at least 0 (no bound)");
  }

  /** Shares of the device's time that tiers get while higher ones want all of it. */
  static List<Double> shares(List<Double> given, String name) {
    List<Double> shares = of(given, name, s -> s >= 0 && s < 1, "at least 0 and below 1");
    double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
    if (sum >= 1) {
      throw new SettingException(
          "penstock.%s adds up to %s over the tiers; it must be below 1.".formatted(name, sum));
    }
    return shares;
  }
}
