package io.penstock.engine.runtime;

import java.time.Duration;

/**
 * When to plan the step behind the one that runs. As late as is safe: a request that comes while
 * step k runs can then be in step k+1, and does not wait for a step that was planned before it
 * came. Safe is what leaves the host time to plan and launch, and the cost model room to be wrong.
 *
 * <p>What the model and the host are off by, together, is steered by what comes of it: a step that
 * had ended before the host asked for it moves the next plan forward, by as long as the device then
 * waited and a little more; each that had to be awaited lets it slip back by a part. So a model
 * that expects far too much keeps the device waiting once, and the usual scatter costs a fraction
 * of a millisecond. (To halve the whole delay instead, and regain it slowly, had steps planned 5 to
 * 13 ms early, which an arrival waits for in full.)
 *
 * <p>The host has to be done in time with planning and with the head of the launch, which gives the
 * device its first work; the rest is launched while the device computes.
 */
public final class PlanTiming {
  static final long HOST_NANOS = Duration.ofMillis(1).toNanos();
  static final double MODEL_ERROR = 0.04;

  /** Less than this a device waits between any two steps. */
  static final long IDLE_NANOS = Duration.ofNanos(100_000).toNanos();

  /** Launching takes no longer until the device has its first work. */
  static final long LAUNCH_HEAD_NANOS = Duration.ofNanos(300_000).toNanos();

  /** A step that is there sooner had ended before it was asked for. */
  static final long AT_ONCE_NANOS = Duration.ofNanos(50_000).toNanos();

  private static final long MOST_NANOS = Duration.ofMillis(40).toNanos();
  private static final long MORE_NANOS = Duration.ofNanos(400_000).toNanos();
  private static final double SLIPS_BACK = 1.0 / 16;
  private static final double GROWS = 2;

  private static final double FORGETTING = 0.98;
  private static final double HOST_MARGIN = 1.5;

  private double slack = MOST_NANOS; // planned so much earlier; at first nothing is known
  private double host; // the host's longest turn lately

  /**
   * @param stepNanos how long the running step is expected to take
   * @return nanoseconds from its start until the next is to be planned; 0 for at once
   */
  public static long delayNanos(double stepNanos) {
    return Math.max(0, (long) (stepNanos * (1 - MODEL_ERROR)) - HOST_NANOS);
  }

  /** {@link #delayNanos}, less what steps have shown to be needed. */
  long steeredNanos(double stepNanos) {
    double slow = Math.max(0, HOST_MARGIN * host - HOST_NANOS);
    return (long) Math.max(0, Math.min(MOST_NANOS, delayNanos(stepNanos)) - slow - slack);
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
    if (endedBefore(nanos)) {
      slack = deviceWaitedNanos < 0 ? GROWS * slack + MORE_NANOS : slack + MORE_NANOS;
    } else {
      slack -= SLIPS_BACK * slack;
    }
    if (deviceWaitedNanos > IDLE_NANOS) { // it waited for the plan of this step, of late
      slack += deviceWaitedNanos;
    }
    slack = Math.min(slack, MOST_NANOS);
  }

  /** Whether a step that was awaited for so long had ended before, nobody knows when. */
  static boolean endedBefore(long awaitedNanos) {
    return awaitedNanos < AT_ONCE_NANOS;
  }
}
