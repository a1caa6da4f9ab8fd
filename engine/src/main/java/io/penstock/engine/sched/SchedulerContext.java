package io.penstock.engine.sched;

import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.kv.PrefixCache;
import java.util.function.LongSupplier;

/**
 * What the scheduler asks of the world. With the same answers it makes the same plans.
 *
 * @param clock nanoseconds, monotonic
 * @param cost how long steps take
 * @param budget what tenants may still have generated
 * @param prefixes where computed beginnings of prompts are found again; null for nowhere
 * @param offloading where preempted sequences may leave their caches; no other scheduler's
 */
public record SchedulerContext(
    LongSupplier clock,
    StepCost cost,
    TenantBudget budget,
    PrefixCache prefixes,
    Offloading offloading) {

  /** Time stands still, costs are unknown, budgets have no end, nothing is cached. */
  public static final SchedulerContext NONE =
      new SchedulerContext(
          () -> 0, StepCost.UNKNOWN, TenantBudget.UNLIMITED, null, Offloading.none());

  public SchedulerContext with(PrefixCache cache) {
    return new SchedulerContext(clock, cost, budget, cache, offloading);
  }

  public SchedulerContext with(StepCost other) {
    return new SchedulerContext(clock, other, budget, prefixes, offloading);
  }

  public SchedulerContext with(TenantBudget other) {
    return new SchedulerContext(clock, cost, other, prefixes, offloading);
  }

  public SchedulerContext with(LongSupplier other) {
    return new SchedulerContext(other, cost, budget, prefixes, offloading);
  }

  public SchedulerContext with(Offloading other) {
    return new SchedulerContext(clock, cost, budget, prefixes, other);
  }
}
