package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Times the matrices of a SmolLM2-shaped stack: {@code main THREADS TOKENS...}. */
final class MatrixBench {
  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    Random random = new Random(1);
    try (WorkerPool pool = new WorkerPool(threads);
        Arena arena = Arena.ofShared()) {
      Kernels k = new VectorKernels();
      List<CpuMatrix> stack = new ArrayList<>();
      long start = System.nanoTime();
      for (int l = 0; l < 30; l++) {
        stack.add(k.pack(List.of(random(DType.Q4_1, 960, 576, arena, random)), null, arena, pool));
        stack.add(k.pack(List.of(random(DType.Q4_1, 576, 576, arena, random)), null, arena, pool));
        stack.add(k.pack(List.of(random(DType.Q4_1, 3072, 576, arena, random)), null, arena, pool));
        stack.add(k.pack(List.of(random(DType.Q4_1, 576, 1536, arena, random)), null, arena, pool));
      }
      CpuMatrix head =
          k.pack(List.of(random(DType.Q8_0, 49152, 576, arena, random)), null, arena, pool);
      System.out.printf("pack %.2f s%n", (System.nanoTime() - start) * 1e-9);
      CpuMatrix small =
          k.pack(List.of(random(DType.Q4_1, 96, 256, arena, random)), null, arena, pool);
      CpuMatrix small8 =
          k.pack(List.of(random(DType.Q8_0, 96, 256, arena, random)), null, arena, pool);
      for (int i = 0; i < 1500; i++) {
        for (int t : new int[] {1, 2, 4, 8}) {
          small.multiply(new float[8 * 256], t, new float[96 * 8], pool);
          small8.multiply(new float[8 * 256], t, new float[96 * 8], pool);
        }
      }
      System.out.printf("warm %.2f s%n", (System.nanoTime() - start) * 1e-9);
      for (int a = 1; a < args.length; a++) {
        int tokens = Integer.parseInt(args[a]);
        float[] x = new float[tokens * 1536];
        float[] out = new float[tokens * 3072];
        float[] logits = new float[Math.min(tokens, 16) * 49152];
        double best = 1e9;
        double bestHead = 1e9;
        long until = System.nanoTime() + 4_000_000_000L;
        while (System.nanoTime() < until) {
          long t0 = now(threads);
          for (CpuMatrix m : stack) {
            m.multiply(x, tokens, out, pool);
          }
          long t1 = now(threads);
          head.multiply(x, Math.min(tokens, 16), logits, pool);
          long t2 = now(threads);
          best = Math.min(best, (t1 - t0) * 1e-9);
          bestHead = Math.min(bestHead, (t2 - t1) * 1e-9);
        }
        double perPass = best + (tokens > 16 ? 0 : bestHead);
        System.out.printf(
            "T=%d stack %.3f ms (%.1f GFLOP/s) head %.3f ms -> %.1f tok/s%n",
            tokens,
            best * 1e3,
            2 * 106.2e6 * tokens / best * 1e-9,
            bestHead * 1e3,
            tokens / perPass);
      }
    }
  }

  /** CPU time of the caller when it is alone: other programs then hardly matter. */
  private static long now(int threads) {
    return threads == 1
        ? java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  static TensorView random(DType dtype, int rows, int columns, Arena arena, Random random) {
    MemorySegment data = arena.allocate(dtype.bytes((long) rows * columns), 64);
    for (long i = 0; i + 8 <= data.byteSize(); i += 8) {
      data.set(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
    }
    for (long b = 0; b < data.byteSize(); b += dtype.blockBytes()) {
      data.set(ValueLayout.JAVA_SHORT_UNALIGNED, b, Float.floatToFloat16(0.01f));
      if (dtype == DType.Q4_1) {
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, b + 2, Float.floatToFloat16(-0.08f));
      }
    }
    return new TensorView("random", dtype, rows, columns, data);
  }
}
