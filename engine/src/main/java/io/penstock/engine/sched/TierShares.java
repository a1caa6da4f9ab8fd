package io.penstock.engine.sched;

import java.util.List;

/**
 * In which order tiers are served. Higher ones first, but a tier that waits and is owed more than a
 * little of its minimum share goes before them.
 *
 * <p>While a tier waits, each weighted token of service, whoever gets it, adds the tier's share of
 * it to what it is owed, and its own service is taken off; below zero it never goes. So it gets its
 * share of any interval in which it waits without a pause, less {@value #MUCH} times {@code
 * patience} and one request. The debt ends when its queue is empty.
 */
final class TierShares {
  private static final double MUCH = 4;

  private final double[] share;
  private final double[] owed;
  private final double patience;
  private final int[] order;

  /**
   * @param patience weighted tokens that a tier may be owed before it goes first
   */
  TierShares(List<TierSettings> tiers, double patience) {
    this.share = tiers.stream().mapToDouble(TierSettings::minimumShare).toArray();
    this.owed = new double[share.length];
    this.order = new int[share.length];
    this.patience = patience;
  }

  void served(int tier, double service, AdmissionQueue queue) {
    for (int t = 0; t < share.length; t++) {
      if (share[t] > 0 && !queue.tier(t).isEmpty()) {
        owed[t] = Math.max(0, owed[t] + share[t] * service - (t == tier ? service : 0));
      } else {
        owed[t] = 0;
      }
    }
  }

  boolean isOwed(int tier) {
    return owed[tier] > patience;
  }

  /**
   * Tiers, first the one to serve next; valid until the next call.
   *
   * @param urgent whether a prompt of a higher tier should have a short step: then a tier that is
   *     owed waits for the next, unless it is owed much
   */
  int[] order(boolean urgent) {
    double bound = urgent ? MUCH * patience : patience;
    int place = 0;
    for (int t = 0; t < share.length; t++) {
      if (owed[t] > bound) {
        order[place++] = t;
      }
    }
    for (int i = 1; i < place; i++) { // at most three: the most owed first
      for (int j = i; j > 0 && owed[order[j]] > owed[order[j - 1]]; j--) {
        int swap = order[j];
        order[j] = order[j - 1];
        order[j - 1] = swap;
      }
    }
    for (int t = 0; t < share.length; t++) {
      if (owed[t] <= bound) {
        order[place++] = t;
      }
    }
    return order;
  }
}
