package io.penstock.api.gateway;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tenants as values of a metric's label. Every value is a time series, so only so many tenants have
 * one of their own, those that used most lately; the rest count together.
 *
 * <p>A tenant takes the place of the labelled one that used least when it has used twice as much,
 * so that two alike do not alternate. Use is forgotten by halves. What is kept of tenants without a
 * label is bounded, too: of too many, the one that used least is forgotten (as in Metwally et al.,
 * "Efficient computation of frequent and top-k elements", 2005).
 */
final class TenantLabels {
  /** No tenant can have this name: names have no underscores. */
  static final String OTHERS = "_others";

  static final int HALVED_AFTER = 10_000; // requests
  private static final int CANDIDATES = 8; // for each label
  private static final double CLEARLY = 2;

  private final int most;
  private final Consumer<String> dropped;
  private final Map<String, Double> own = new HashMap<>(); // use, by tenant
  private final Map<String, Double> candidates = new HashMap<>();
  private int requests;

  /**
   * @param most tenants with a label of their own; 0 for none
   * @param dropped told of a tenant whose label another one got
   */
  TenantLabels(int most, Consumer<String> dropped) {
    this.most = most;
    this.dropped = dropped;
  }

  /**
   * The label for a request.
   *
   * @param use what it counts: its tokens
   */
  synchronized String of(String tenant, double use) {
    if (++requests % HALVED_AFTER == 0) {
      own.replaceAll((_, sum) -> sum / 2);
      candidates.replaceAll((_, sum) -> sum / 2);
    }
    if (own.containsKey(tenant) || own.size() < most) {
      own.merge(tenant, use, Double::sum);
      return tenant;
    }
    return most > 0 && overtakes(tenant, use) ? tenant : OTHERS;
  }

  private boolean overtakes(String tenant, double use) {
    if (!candidates.containsKey(tenant) && candidates.size() >= CANDIDATES * most) {
      candidates.remove(least(candidates));
    }
    double sum = candidates.merge(tenant, use, Double::sum);
    String least = least(own);
    if (sum <= CLEARLY * own.get(least)) {
      return false;
    }
    candidates.remove(tenant);
    candidates.put(least, own.remove(least));
    own.put(tenant, sum);
    dropped.accept(least);
    return true;
  }

  private static String least(Map<String, Double> uses) {
    return uses.entrySet().stream()
        .min(Comparator.comparingDouble(Map.Entry::getValue))
        .orElseThrow()
        .getKey();
  }
}
