package io.penstock.api.gateway.live;

import java.util.Arrays;

/**
 * Durations of the last five minutes, as counts in buckets that grow by a tenth: a percentile is
 * off by at most five percent. Slices of five seconds come and go, so what is older is forgotten in
 * steps of five seconds. Thread-safe.
 */
public final class LatencyWindow {
  private static final long SLICE_NANOS = 5_000_000_000L;
  private static final int SLICES = 60;
  private static final double LEAST_NANOS = 10_000;
  private static final double GROWTH = Math.log(1.1);
  private static final int BUCKETS = 210; // 10 us to 1.3 h

  private final int[][] slices = new int[SLICES][BUCKETS];
  private final long[] times = new long[SLICES];

  /**
   * What the window holds.
   *
   * @param count durations in it; percentiles are NaN when there are none
   * @param p50Millis half of them were shorter
   * @param p99Millis 99 of 100 were shorter
   * @param mostMillis upper bound of the longest
   */
  public record Percentiles(long count, double p50Millis, double p99Millis, double mostMillis) {}

  public void record(long nanos) {
    record(nanos, System.nanoTime());
  }

  synchronized void record(long nanos, long now) {
    slices[slice(now)][bucket(nanos)]++;
  }

  public Percentiles percentiles() {
    return percentiles(System.nanoTime());
  }

  synchronized Percentiles percentiles(long now) {
    long time = Math.floorDiv(now, SLICE_NANOS);
    int[] sums = new int[BUCKETS];
    long count = 0;
    for (int i = 0; i < SLICES; i++) {
      if (time - times[i] < SLICES && times[i] <= time) {
        for (int b = 0; b < BUCKETS; b++) {
          sums[b] += slices[i][b];
          count += slices[i][b];
        }
      }
    }
    return new Percentiles(count, at(sums, count, 0.50), at(sums, count, 0.99), at(sums, count, 1));
  }

  private int slice(long now) {
    long time = Math.floorDiv(now, SLICE_NANOS);
    int index = (int) Math.floorMod(time, (long) SLICES);
    if (times[index] != time) {
      times[index] = time;
      Arrays.fill(slices[index], 0);
    }
    return index;
  }

  private static int bucket(long nanos) {
    int bucket = nanos <= LEAST_NANOS ? 0 : (int) (Math.log(nanos / LEAST_NANOS) / GROWTH) + 1;
    return Math.min(bucket, BUCKETS - 1);
  }

  /** The middle of the bucket in which the quantile is. */
  private static double at(int[] sums, long count, double quantile) {
    if (count == 0) {
      return Double.NaN;
    }
    long rank = Math.max(1, (long) Math.ceil(quantile * count));
    long seen = 0;
    for (int b = 0; b < BUCKETS; b++) {
      seen += sums[b];
      if (seen >= rank) {
        return b == 0 ? LEAST_NANOS / 1e6 : LEAST_NANOS * Math.exp((b - 0.5) * GROWTH) / 1e6;
      }
    }
    return Double.NaN;
  }
}
