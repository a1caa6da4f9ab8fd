package io.penstock.engine.runtime;

import java.time.Duration;

/**
 * When to plan the step behind the one that runs. As late as is safe: a request that comes while
 * step k runs can then be in step k+1, and does not wait for a step that was planned before it
 * came. Safe is what leaves the host time to plan and launch, and the cost model room to be wrong.
 *
 * <p>A model that expects too much would keep the device waiting, and what is measured then would
 * prove it right. So the delay is bounded, and trusted only as far as it proves itself: a step that
 * the device had to wait for halves the part of the delay that is used; each other gives a little
 * back. Where the device cannot tell, it counts as waiting when the step before had ended before
 * anybody asked for it.
 *
 * <p>The host has to be done in time with planning and with the head of the launch, which gives the
 * device its first work; the rest is launched while the device computes.
 */
public final class PlanTiming {
  static final long HOST_NANOS = Duration.ofMillis(1).toNanos();
  static final double MODEL_ERROR = 0.04;

  /** A device that waits longer between two steps has waited for the host. */
  static final long IDLE_NANOS = Duration.ofNanos(100_000).toNanos();

  /** Launching takes no longer until the device has its first work. */
  static final long LAUNCH_HEAD_NANOS = Duration.ofNanos(300_000).toNanos();

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

  /** Planning a step, and launching it, took the host so long. */
  void launched(long planNanos, long launchNanos) {
    host = Math.max(planNanos + Math.min(launchNanos, LAUNCH_HEAD_NANOS), FORGETTING * host);
  }

  /**
   * The running step was awaited.
   *
   * @param nanos for so long
   * @param deviceWaitedNanos for so long had the device waited before it; below 0 if unknown
   */
  void awaited(long nanos, long deviceWaitedNanos) {
    boolean late = deviceWaitedNanos < 0 ? nanos < AT_ONCE_NANOS : deviceWaitedNanos > IDLE_NANOS;
    trust = late ? trust / 2 : Math.min(1, trust + REGAINED);
  }
}
