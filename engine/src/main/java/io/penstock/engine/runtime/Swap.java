package io.penstock.engine.runtime;

import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.kv.HostSlots;
import io.penstock.engine.sched.Offloading;
import java.util.stream.IntStream;

/**
 * Host memory for preempted sequences' caches, as measured.
 *
 * @param slots blocks that it holds; 0 for none
 * @param blockBytes bytes of a block
 * @param secondsPerBlock time that a block takes to the host and back
 */
public record Swap(int slots, long blockBytes, double secondsPerBlock) {
  public static final Swap NONE = new Swap(0, 0, 0);

  private static final long MEASURED_BYTES = 128L << 20;
  private static final int ROUNDS = 3;

  /**
   * Measures copies by the best of a few. Nothing may be in flight, and no block be in use.
   *
   * @param blocks of the cache that it may use
   */
  public static Swap measure(ModelStepRunner runner, SwapSpace space, long blockBytes, int blocks) {
    if (space.slots() == 0) {
      return NONE;
    }
    int count = Math.clamp(MEASURED_BYTES / blockBytes, 1, Math.min(blocks, space.slots()));
    int[] ids = IntStream.range(0, count).map(i -> count - 1 - i).toArray(); // no two in one run
    runner.warmUp(1, 1);
    double best = Double.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      runner.warmUp(1, 1);
      long middle = System.nanoTime();
      space.offload(ids, ids, false);
      space.restore(ids, ids, false);
      runner.warmUp(1, 1);
      long nanos = (System.nanoTime() - middle) - (middle - start);
      best = Math.min(best, Math.max(nanos, 1) / 1e9);
    }
    return new Swap(space.slots(), blockBytes, best / count);
  }

  /** Bytes a second, each way. */
  public double bandwidth() {
    return 2 * blockBytes / secondsPerBlock;
  }

  Offloading offloading(ResumeCost cost) {
    return slots == 0
        ? Offloading.none()
        : new Offloading(new HostSlots(slots), cost, cost::blocksBesideAStep);
  }
}
