package io.penstock.api.gateway;

import java.time.Duration;

/**
 * How often requests end, as a moving average of the gaps between ends: the time until a full queue
 * has a place again. Gaps count less the longer ago they were (weight 1/8, as TCP's smoothed round
 * trip, RFC 6298).
 */
final class CompletionRate {
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofSeconds(60);

  private long lastNanos;
  private double gapNanos;

  synchronized void completed(long now) {
    if (lastNanos != 0) {
      double gap = now - lastNanos;
      gapNanos = gapNanos == 0 ? gap : gapNanos + (gap - gapNanos) / 8;
    }
    lastNanos = now;
  }

  /** Between 1 s, the finest that Retry-After can say, and 60 s. */
  synchronized Duration untilNext(long now) {
    double gap = Math.max(gapNanos, lastNanos == 0 ? 0 : (now - lastNanos) / 2.0);
    Duration wait = Duration.ofNanos((long) gap);
    return wait.compareTo(LEAST) < 0 ? LEAST : wait.compareTo(MOST) > 0 ? MOST : wait;
  }
}
