package io.penstock.engine.boot;

import java.nio.file.Path;

/**
 * How to load and run one model.
 *
 * @param modelId name in the API
 * @param location a Hugging Face directory or a GGUF file
 * @param backend which device
 * @param threads CPU threads; 0 for one per available processor
 * @param maxModelLen longest prompt plus output in tokens; 0 for what the model and the cache allow
 * @param kvCacheBytes size of the KV cache; 0 for a default that suits the device
 * @param maxNumSeqs most sequences in one step
 * @param maxNumBatchedTokens most tokens in one step
 * @param maxQueuedRequests requests that may wait; more are rejected
 */
public record EngineOptions(
    String modelId,
    Path location,
    BackendChoice backend,
    int threads,
    int maxModelLen,
    long kvCacheBytes,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    int maxQueuedRequests) {

  /** Which device computes. */
  public enum BackendChoice {
    /** The best that works here. */
    AUTO,
    CPU,
    CUDA
  }

  /** Defaults for everything but the model. */
  public static EngineOptions of(String modelId, Path location) {
    return new EngineOptions(modelId, location, BackendChoice.AUTO, 0, 0, 0, 32, 512, 256);
  }
}
