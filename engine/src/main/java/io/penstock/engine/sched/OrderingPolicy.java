package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import java.util.Comparator;

/**
 * Who goes first: the least sequence is admitted first and preempted last. Must be a total order
 * that does not change while a step is planned; between steps it may.
 */
@FunctionalInterface
public interface OrderingPolicy extends Comparator<OrderingPolicy.Place> {

  /** By class, then the caller's priority, then arrival. */
  OrderingPolicy TIER_PRIORITY_ARRIVAL =
      (a, b) -> {
        int byTier = a.tier().compareTo(b.tier());
        if (byTier != 0) {
          return byTier;
        }
        int byPriority = Integer.compare(a.priority(), b.priority());
        return byPriority != 0 ? byPriority : Long.compare(a.arrival(), b.arrival());
      };

  /** What a policy may look at. */
  interface Place {
    String tenant();

    ServiceTier tier();

    int priority();

    /** Unique; grows with every submission, and from choice to choice of a request. */
    long arrival();
  }
}
