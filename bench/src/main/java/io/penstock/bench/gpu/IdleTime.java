package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.EngineMetrics;
import java.util.Optional;

/**
 * Where the time of a step goes, between two snapshots of the engine's counters.
 *
 * @param stepMillis a step
 * @param hostMillis the part in which the engine's thread did not wait for the device
 * @param waitedMillis the part in which the device waited for the host, by its own clock; empty for
 *     a device that does not tell
 */
record IdleTime(double stepMillis, double hostMillis, Optional<Double> waitedMillis) {
  private static final double MOST_PERCENT = 3;

  static IdleTime of(EngineMetrics before, EngineMetrics after) {
    double steps = (after.steps() - before.steps()) * 1e6;
    return new IdleTime(
        (after.stepNanos() - before.stepNanos()) / steps,
        (after.hostNanos() - before.hostNanos()) / steps,
        after.device().map(device -> (device.waitedNanos() - waited(before)) / steps));
  }

  private static long waited(EngineMetrics metrics) {
    return metrics.device().map(DeviceMetrics::waitedNanos).orElse(0L);
  }

  void report(GpuSettings settings, Report report) {
    report.add(
        Row.info("idle.host", "engine thread's own work in a step at batch 64", hostMillis, "ms"));
    waitedMillis.ifPresent(
        waited ->
            report.add(
                settings.atMost(
                    "idle.batch64",
                    "time that the GPU waits for the CPU between two steps, batch 64",
                    waited / stepMillis * 100,
                    "% of a step",
                    MOST_PERCENT)));
  }
}
