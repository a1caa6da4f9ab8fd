package io.penstock.engine.boot;

import io.penstock.engine.client.InferenceEngine;

/** Puts an engine together: the only place that names a concrete backend. */
public final class EngineFactory {
  private EngineFactory() {}

  /**
   * Loads a model and starts its engine; returns when it is ready.
   *
   * @throws io.penstock.engine.core.ModelLoadException when it cannot be served, saying why
   */
  public static InferenceEngine load(EngineOptions options, LoadProgress progress) {
    throw new IllegalStateException("assembled by the runtime work");
  }
}
