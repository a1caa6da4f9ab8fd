package io.penstock.engine.runtime;

import io.penstock.engine.client.DeviceMetrics;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Asks a device for its figures once a second at most: a scrape reads many metrics at once. */
final class RecentFigures implements Supplier<Optional<DeviceMetrics>> {
  private static final long MAX_AGE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Supplier<Optional<DeviceMetrics>> device;
  private Optional<DeviceMetrics> figures; // null before the first
  private long sampledNanos;

  RecentFigures(Supplier<Optional<DeviceMetrics>> device) {
    this.device = device;
  }

  @Override
  public synchronized Optional<DeviceMetrics> get() {
    long now = System.nanoTime();
    if (figures == null || now - sampledNanos > MAX_AGE_NANOS) {
      figures = device.get();
      sampledNanos = now;
    }
    return figures;
  }
}
