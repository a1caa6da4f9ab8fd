package io.penstock.api.models;

import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;

/** Makes an engine of a model; a seam for tests, which have no weights to load. */
@FunctionalInterface
public interface EngineLoader {
  /** Returns when the engine takes requests. */
  InferenceEngine load(EngineOptions options, LoadProgress progress);
}
