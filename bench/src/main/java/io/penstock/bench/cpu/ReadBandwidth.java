package io.penstock.bench.cpu;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** The ceiling of decoding: how fast this machine's cores read memory that no cache holds. */
final class ReadBandwidth implements AutoCloseable {
  private static final int LONGS_PER_THREAD =
      1 << 25; // 256 MiB, several times any last-level cache

  private final ExecutorService threads;
  private final long[][] data;
  private long sink;

  ReadBandwidth(int threadCount) {
    threads = Executors.newFixedThreadPool(threadCount);
    data = new long[threadCount][];
    for (int i = 0; i < threadCount; i++) {
      data[i] = new long[LONGS_PER_THREAD];
      java.util.Arrays.fill(data[i], i + 1);
    }
  }

  /** Bytes per second, all threads together, best of {@code passes}. */
  double measure(int passes) throws InterruptedException, ExecutionException {
    double best = 0;
    for (int pass = 0; pass < passes; pass++) {
      long start = System.nanoTime();
      var sums =
          IntStream.range(0, data.length)
              .<Future<Long>>mapToObj(i -> threads.submit(() -> sum(data[i])))
              .toList();
      for (Future<Long> sum : sums) {
        sink += sum.get();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      best = Math.max(best, (double) data.length * LONGS_PER_THREAD * Long.BYTES / seconds);
    }
    if (sink == 0) {
      throw new IllegalStateException("the reads were optimised away");
    }
    return best;
  }

  /** A plain reduction, which the compiler turns into full-width vector loads. */
  private static long sum(long[] values) {
    long total = 0;
    for (int i = 0; i < values.length; i++) {
      total += values[i];
    }
    return total;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
