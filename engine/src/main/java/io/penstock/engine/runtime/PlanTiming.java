package io.penstock.engine.runtime;

import java.time.Duration;

/**
 * When to plan the step behind the one that runs. As late as is safe: a request that comes while
 * step k runs can then be in step k+1, and does not wait for a step that was planned before it
 * came. Safe is what leaves the host time to plan and launch, and the cost model room to be wrong.
 */
public final class PlanTiming {
  static final long HOST_NANOS = Duration.ofMillis(1).toNanos();
  static final double MODEL_ERROR = 0.04;

  private PlanTiming() {}

  /**
   * @param stepNanos how long the running step is expected to take
   * @return nanoseconds from its start until the next is to be planned; 0 for at once
   */
  public static long delayNanos(double stepNanos) {
    return Math.max(0, (long) (stepNanos * (1 - MODEL_ERROR)) - HOST_NANOS);
  }
}
