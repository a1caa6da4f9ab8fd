package io.penstock.bench.sched.live;

import io.penstock.engine.core.ServiceTier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * When which tenant sends: independent Poisson processes, one for each tenant and one for what
 * tenant 0 sends besides. Each has a random stream of its own, so that the arrivals of the others
 * are the same with the greedy tenant and without it.
 */
final class ArrivalPlan {
  private static final long STREAM = 7919;

  private ArrivalPlan() {}

  /**
   * @param atNanos from the beginning of the phase
   */
  record Arrival(int tenant, ServiceTier tier, long atNanos) {

    /** In the usual tier. */
    Arrival(int tenant, long atNanos) {
      this(tenant, ServiceTier.DEFAULT, atNanos);
    }
  }

  /**
   * @param rate requests a second of all tenants together
   * @param more requests a second that tenant 0 sends besides its share
   * @return in order
   */
  static List<Arrival> of(long seed, int tenants, double rate, double more, double seconds) {
    List<Arrival> arrivals = new ArrayList<>();
    for (int tenant = 0; tenant < tenants; tenant++) {
      add(arrivals, seed + STREAM * tenant, tenant, ServiceTier.DEFAULT, rate / tenants, seconds);
    }
    if (more > 0) {
      add(arrivals, seed + STREAM * tenants, 0, ServiceTier.DEFAULT, more, seconds);
    }
    return inOrder(arrivals);
  }

  /**
   * What tenants of several tiers send; as many tenants in each, the first in the priority tier.
   *
   * @param tenants of each tier
   * @param rates requests a second by the tier's ordinal; 0 for none
   * @return in order
   */
  static List<Arrival> ofTiers(long seed, int tenants, double[] rates, double seconds) {
    List<Arrival> arrivals = new ArrayList<>();
    for (int tier = 0; tier < rates.length; tier++) {
      for (int i = 0; i < tenants && rates[tier] > 0; i++) {
        int tenant = tier * tenants + i;
        ServiceTier of = ServiceTier.values()[tier];
        add(arrivals, seed + STREAM * tenant, tenant, of, rates[tier] / tenants, seconds);
      }
    }
    return inOrder(arrivals);
  }

  private static List<Arrival> inOrder(List<Arrival> arrivals) {
    arrivals.sort(Comparator.comparingLong(Arrival::atNanos));
    return List.copyOf(arrivals);
  }

  private static void add(
      List<Arrival> arrivals,
      long seed,
      int tenant,
      ServiceTier tier,
      double perSecond,
      double seconds) {
    SplittableRandom random = new SplittableRandom(seed);
    double at = -Math.log(1 - random.nextDouble()) / perSecond;
    while (at < seconds) {
      arrivals.add(new Arrival(tenant, tier, (long) (at * 1e9)));
      at += -Math.log(1 - random.nextDouble()) / perSecond;
    }
  }
}
