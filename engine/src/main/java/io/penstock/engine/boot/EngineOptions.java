package io.penstock.engine.boot;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TenantBudget;
import java.nio.file.Path;

/**
 * How to load and run one model.
 *
 * @param modelId name in the API
 * @param location a Hugging Face directory, a GGUF file, or a {@link
 *     io.penstock.engine.nullmodel.NullModel}
 * @param backend which device
 * @param threads CPU threads; 0 for one per available processor
 * @param maxModelLen longest prompt plus output in tokens; 0 for what the model and the cache allow
 * @param kvCacheBytes size of the KV cache; 0 for a default that suits the device
 * @param swapBytes host memory for KV caches of preempted sequences; 0 for none, {@link
 *     #DEFAULT_SWAP} for what suits the device
 * @param maxNumSeqs most sequences in one step; 0 for what suits the device
 * @param maxNumBatchedTokens most tokens in one step; 0 for what suits the device
 * @param maxQueuedRequests requests that may wait; more are rejected
 * @param device which GPU, as CUDA counts
 * @param gpuMemoryUtilization share of the GPU's memory that this engine may use, above 0 and at
 *     most 1
 * @param scheduling who goes first
 * @param budget what tenants may still have generated
 */
public record EngineOptions(
    String modelId,
    Path location,
    BackendChoice backend,
    int threads,
    int maxModelLen,
    long kvCacheBytes,
    long swapBytes,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    int maxQueuedRequests,
    int device,
    double gpuMemoryUtilization,
    SchedulingOptions scheduling,
    TenantBudget budget) {
  public static final long DEFAULT_SWAP = -1;
  private static final double DEFAULT_UTILIZATION = 0.9;

  public EngineOptions {
    if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
      throw new ModelLoadException(
          "gpu-memory-utilization must be above 0 and at most 1, not " + gpuMemoryUtilization);
    }
  }

  /** Scheduled as usual, without budgets. */
  public EngineOptions(
      String modelId,
      Path location,
      BackendChoice backend,
      int threads,
      int maxModelLen,
      long kvCacheBytes,
      long swapBytes,
      int maxNumSeqs,
      int maxNumBatchedTokens,
      int maxQueuedRequests,
      int device,
      double gpuMemoryUtilization) {
    this(
        modelId,
        location,
        backend,
        threads,
        maxModelLen,
        kvCacheBytes,
        swapBytes,
        maxNumSeqs,
        maxNumBatchedTokens,
        maxQueuedRequests,
        device,
        gpuMemoryUtilization,
        SchedulingOptions.DEFAULT,
        TenantBudget.UNLIMITED);
  }

  /** Which device computes. */
  public enum BackendChoice {
    /** The best that works here. */
    AUTO,
    CPU,
    CUDA
  }

  /** Defaults for everything but the model. */
  public static EngineOptions of(String modelId, Path location) {
    return new EngineOptions(
        modelId,
        location,
        BackendChoice.AUTO,
        0,
        0,
        0,
        DEFAULT_SWAP,
        0,
        0,
        256,
        0,
        DEFAULT_UTILIZATION);
  }
}
