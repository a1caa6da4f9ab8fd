package io.penstock.bench.gpu;

import io.penstock.bench.Installation;
import io.penstock.bench.Options;
import io.penstock.bench.Row;
import io.penstock.bench.model.ModelShape;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.boot.SchedulingOptions;
import io.penstock.engine.core.TenantBudget;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How the GPU is measured.
 *
 * @param backend CUDA, or CPU to try the benchmark itself
 * @param shape the model whose speed is measured
 * @param scratch folder for models that are made on the spot
 * @param quick fewer tokens and rounds
 * @param maxNumSeqs most sequences in a step of the engine in this process
 * @param maxNumBatchedTokens most tokens in a step of the engine in this process
 * @param memoryShare of the GPU, for the engine in this process
 */
record GpuSettings(
    BackendChoice backend,
    ModelShape shape,
    Path scratch,
    boolean quick,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    double memoryShare) {
  private static final int QUEUE = 8192; // everything at once waits

  static GpuSettings of(Options options) {
    BackendChoice backend =
        BackendChoice.valueOf(options.text("backend", "cuda").toUpperCase(Locale.ROOT));
    String model = options.text("model", "8b");
    return new GpuSettings(
        backend,
        switch (model) {
          case "8b" -> ModelShape.LLAMA_8B;
          case "tiny" -> ModelShape.TINY;
          default -> throw new IllegalArgumentException("--model is 8b or tiny, not " + model);
        },
        Path.of(options.text("scratch", System.getProperty("java.io.tmpdir") + "/penstock-bench")),
        options.has("quick"),
        options.number("max-num-seqs", 1024),
        options.number("max-num-batched-tokens", 8192),
        options.number("gpu-memory-percent", 90) / 100.0);
  }

  /** Whether the figures are those that the targets are for. */
  boolean counts() {
    return backend == BackendChoice.CUDA && shape == ModelShape.LLAMA_8B;
  }

  Row atMost(String item, String what, double figure, String unit, double bound) {
    return counts()
        ? Row.atMost(item, what, figure, unit, bound)
        : Row.info(item, what, figure, unit);
  }

  Row atLeast(String item, String what, double figure, String unit, double bound) {
    return counts()
        ? Row.atLeast(item, what, figure, unit, bound)
        : Row.info(item, what, figure, unit);
  }

  int kvElementBytes() {
    return backend == BackendChoice.CPU ? Float.BYTES : Short.BYTES;
  }

  /** Where a large random model is kept. */
  Path modelDirectory(ModelShape model) {
    return scratch.resolve(model.name());
  }

  /** Where the small random models are kept, which {@code reference.py} adds references to. */
  Path smallModels() {
    return scratch.resolve("small");
  }

  /**
   * The engine in this process, for speed: as vLLM, without targets for the time between tokens.
   */
  EngineOptions engine(Path location) {
    return engine(location, 0, maxNumSeqs, maxNumBatchedTokens);
  }

  /**
   * @param kvCacheBytes 0 for what fits
   */
  EngineOptions engine(Path location, long kvCacheBytes, int maxNumSeqs, int maxNumBatchedTokens) {
    return new EngineOptions(
        "bench",
        location,
        backend,
        0,
        0,
        kvCacheBytes,
        EngineOptions.DEFAULT_SWAP,
        maxNumSeqs,
        maxNumBatchedTokens,
        QUEUE,
        0,
        memoryShare,
        SchedulingOptions.DEFAULT.withoutTargets(),
        TenantBudget.UNLIMITED);
  }

  /** The same on another device. */
  static EngineOptions on(BackendChoice backend, EngineOptions o) {
    return new EngineOptions(
        o.modelId(),
        o.location(),
        backend,
        0,
        0,
        o.kvCacheBytes(),
        o.swapBytes(),
        o.maxNumSeqs(),
        o.maxNumBatchedTokens(),
        o.maxQueuedRequests(),
        o.device(),
        o.gpuMemoryUtilization(),
        o.scheduling(),
        o.budget());
  }

  /** Models and references that tests use too. */
  static Path fixtures() {
    return Installation.root().resolve("engine/src/test/fixtures");
  }
}
