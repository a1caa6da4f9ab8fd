package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.DType;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs every kernel on a few kilobytes until it is compiled, in the background, once in a JVM.
 *
 * <p>Before that the Vector API allocates an object for each operation and is a thousand times
 * slower than after; without this the first steps of a freshly loaded model would take seconds. It
 * works beside the reading of weights. Using all formats here also keeps the call of {@link
 * TileFormat#expand} virtual: the kernels stay compilation units of their own and within what the
 * compiler is willing to inline.
 */
final class KernelWarmUp {
  private static final Duration LIMIT = Duration.ofMillis(1500);
  private static final int MOST_ROUNDS = 1200;
  private static final int COLUMNS = 256;
  private static final int ROWS = 32;
  private static final AtomicBoolean started = new AtomicBoolean();

  private KernelWarmUp() {}

  static void startOnce(Kernels kernels) {
    if (started.compareAndSet(false, true)) {
      Thread thread = new Thread(() -> run(kernels), "cpu-kernel-warm-up");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void run(Kernels kernels) {
    long end = System.nanoTime() + LIMIT.toNanos();
    try (Arena arena = Arena.ofShared();
        WorkerPool caller = new WorkerPool(1)) {
      List<CpuMatrix> matrices = new ArrayList<>();
      for (DType dtype : DType.values()) {
        MemorySegment zeros = arena.allocate(dtype.bytes((long) ROWS * COLUMNS), 64);
        TensorView tensor = new TensorView("warm-up", dtype, ROWS, COLUMNS, zeros);
        matrices.add(kernels.pack(List.of(tensor), null, arena, caller));
      }
      AttentionCall attention = attention(arena);
      float[] x = new float[8 * COLUMNS];
      float[] out = new float[8 * COLUMNS];
      for (int round = 0; round < MOST_ROUNDS && System.nanoTime() < end; round++) {
        for (CpuMatrix matrix : matrices) {
          for (int tokens = 1; tokens <= 8; tokens *= 2) {
            matrix.multiply(x, tokens, out, caller);
          }
        }
        kernels.rmsNorm(x, 0, new float[COLUMNS], 1, out, 0);
        kernels.layerNorm(out, 0, new float[COLUMNS], new float[COLUMNS], 1);
        kernels.gelu(out, 0, COLUMNS);
        kernels.swiglu(x, 0, COLUMNS, out, 0, COLUMNS);
        kernels.attention(attention, caller);
      }
    }
  }

  /** Two queries at the end of a context of three blocks. */
  private static AttentionCall attention(Arena arena) {
    CpuKvCache cache = new CpuKvCache(new KvCacheSpec(1, 1, 64, 16, 3), arena);
    int[] blocks = {0, 1, 2};
    for (int block : blocks) {
      cache.touch(block);
    }
    BatchLayout batch =
        new BatchLayout(
            new int[2],
            new int[] {38, 39},
            new int[] {0, 2},
            new int[] {40},
            new int[] {40},
            new int[][] {blocks},
            new int[0]);
    Rope rope = new Rope(new RopeConfig(10_000, 64, false, new RopeConfig.None()));
    AttentionSpec spec = new AttentionSpec(2, 1, 64, 0, 1);
    float[] qkv = new float[2 * 4 * 64];
    return new AttentionCall(
        new Step(batch, rope), spec, cache, 0, qkv, 4 * 64, new float[2 * 2 * 64]);
  }
}
