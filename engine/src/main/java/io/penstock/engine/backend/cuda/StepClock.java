package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaEvent;

/**
 * How long the GPU has computed in steps, and waited for the host between them: from the end of a
 * step's sampling to the moment when the next step's metadata has arrived and its kernels may
 * begin. Counted for steps that were launched before the one ahead of them was awaited; else there
 * was no work to wait for.
 *
 * <p>By events, which the GPU stamps as it passes them. What the host takes to launch after the
 * stamp is not in it: with a recorded step, one call.
 */
final class StepClock {
  private static final int PLACES = 4; // two in flight, the one before them, and one to spare

  private final CudaEvent[] starts = new CudaEvent[PLACES];
  private final CudaEvent[] ends = new CudaEvent[PLACES];
  private final boolean[] overlapped = new boolean[PLACES];
  private final Gpu gpu;
  private long launched;
  private long awaited;
  private volatile long waitedNanos;
  private volatile long computedNanos;

  StepClock(Gpu gpu) {
    this.gpu = gpu;
    CudaDevice device = gpu.device();
    for (int i = 0; i < PLACES; i++) {
      starts[i] = CudaEvent.create(device);
      ends[i] = CudaEvent.create(device);
    }
  }

  /**
   * The metadata of a step is under way, its kernels follow. Steps without an end do not count.
   *
   * @param outstanding steps that have an end and were not awaited
   */
  void begin(int outstanding) {
    awaited = launched - outstanding; // one whose awaiting failed is passed over
    overlapped[place(launched)] = outstanding > 0;
    starts[place(launched)].record(gpu.stream());
  }

  /** Everything of the step is enqueued. */
  void end() {
    ends[place(launched)].record(gpu.stream());
    launched++;
  }

  /** The oldest step that has an end was seen to have ended. */
  void awaited() {
    int step = place(awaited);
    computedNanos += nanos(starts[step], ends[step]);
    if (awaited > 0 && overlapped[step]) {
      waitedNanos += nanos(ends[place(awaited - 1)], starts[step]);
    }
    awaited++;
  }

  private static long nanos(CudaEvent from, CudaEvent to) {
    return (long) (Math.max(to.elapsedMillis(from), 0) * 1e6);
  }

  /** Since the start; for any thread. */
  long waitedNanos() {
    return waitedNanos;
  }

  /** Within steps, since the start; for any thread. */
  long computedNanos() {
    return computedNanos;
  }

  private static int place(long step) {
    return (int) (step % PLACES);
  }
}
