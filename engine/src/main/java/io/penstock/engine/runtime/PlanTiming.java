package io.penstock.engine.runtime;

import java.time.Duration;

/**
 * When to plan the step behind the one that runs. As late as is safe: a request that comes while
 * step k runs can then be in step k+1, and does not wait for a step that was planned before it
 * came. Safe is what leaves the host time to plan and launch, and the cost model room to be wrong.
 *
 * <p>A model that expects too much would keep the device waiting, and what is measured then would
 * prove it right. So the delay is bounded, and trusted only as far as it proves itself: a step that
 * had ended before anybody asked for it halves the part of the delay that is used; each that had to
 * be waited for gives a little back.
 */
public final class PlanTiming {
  static final long HOST_NANOS = Duration.ofMillis(1).toNanos();
  static final double MODEL_ERROR = 0.04;

  /** A step that is there sooner had ended before it was asked for. */
  static final long AT_ONCE_NANOS = Duration.ofNanos(50_000).toNanos();

  private static final long MOST_NANOS = Duration.ofMillis(40).toNanos();
  private static final double REGAINED = 1.0 / 32;

  private static final double FORGETTING = 0.98;
  private static final double HOST_MARGIN = 1.5;

  private double trust;
  private double host; // the host's longest turn lately

  /**
   * @param stepNanos how long the running step is expected to take
   * @return nanoseconds from its start until the next is to be planned; 0 for at once
   */
  public static long delayNanos(double stepNanos) {
    return Math.max(0, (long) (stepNanos * (1 - MODEL_ERROR)) - HOST_NANOS);
  }

  /**
   * The part of {@link #delayNanos} that is to be used now, less what a slow host needs besides.
   */
  long trustedNanos(double stepNanos) {
    double slow = Math.max(0, HOST_MARGIN * host - HOST_NANOS);
    return (long) Math.max(0, trust * Math.min(MOST_NANOS, delayNanos(stepNanos)) - slow);
  }

  /** Planning and launching a step took the host so long. */
  void launched(long nanos) {
    host = Math.max(nanos, FORGETTING * host);
  }

  /** The running step was awaited for so long. */
  void awaited(long nanos) {
    trust = nanos < AT_ONCE_NANOS ? trust / 2 : Math.min(1, trust + REGAINED);
  }
}
