package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.client.EngineMetrics;

/** Where the time of a step goes, between two snapshots of the engine's counters. */
record IdleTime(double stepMillis, double hostMillis) {

  static IdleTime of(EngineMetrics before, EngineMetrics after) {
    double steps = (after.steps() - before.steps()) * 1e6;
    return new IdleTime(
        (after.stepNanos() - before.stepNanos()) / steps,
        (after.hostNanos() - before.hostNanos()) / steps);
  }

  void report(Report report) {
    report.add(
        Row.info(
            "host.batch64",
            "engine thread's own work in a step at batch 64, while the GPU computes the one before",
            hostMillis,
            "ms"));
    report.add(
        Row.info(
            "host.batch64.share",
            "the same, of the step: the GPU waits for it only near 100",
            hostMillis / stepMillis * 100,
            "%"));
  }
}
