package io.penstock.api.gateway;

import io.penstock.engine.core.ServiceTier;
import java.time.Duration;

/**
 * Which requests a request goes before.
 *
 * @param tier the tier that serves it: what the answer shows
 * @param priority order among the tenant's own requests of the tier, lower first
 * @param deadlineNanos by this process's {@link System#nanoTime}, when the answer must be complete;
 *     {@link #NO_DEADLINE} for whenever
 */
public record Urgency(ServiceTier tier, int priority, long deadlineNanos) {
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** Until the deadline, negative when it has passed; null without one. */
  Duration left() {
    return deadlineNanos == NO_DEADLINE
        ? null
        : Duration.ofNanos(deadlineNanos - System.nanoTime());
  }
}
