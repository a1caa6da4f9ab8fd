package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.runtime.DeviceWatch;
import io.penstock.engine.runtime.Engine;
import io.penstock.engine.runtime.ModelStepRunner;
import io.penstock.engine.runtime.ModelText;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts an engine together: the only place that names a concrete backend. */
public final class EngineFactory {
  private static final Logger log = LoggerFactory.getLogger(EngineFactory.class);

  private EngineFactory() {}

  /**
   * Loads a model and starts its engine; returns when it is ready. The model's files are not open
   * any more then.
   *
   * @throws ModelLoadException when it cannot be served, saying why
   */
  public static InferenceEngine load(EngineOptions options, LoadProgress progress) {
    try (Checkpoint checkpoint = Checkpoints.open(options.location())) {
      ModelText text = ModelText.of(checkpoint.tokenizer());
      Backend backend = Backends.open(options);
      try {
        return start(options, checkpoint, text, backend, progress);
      } catch (RuntimeException | OutOfMemoryError e) {
        backend.close();
        throw e;
      }
    } catch (OutOfMemoryError e) {
      throw new ModelLoadException(
          options.location(),
          "does not fit into memory (%s); give the JVM or the machine more, or load a smaller or"
                  .formatted(e.getMessage())
              + " more quantized model");
    }
  }

  private static Engine start(
      EngineOptions options,
      Checkpoint checkpoint,
      ModelText text,
      Backend backend,
      LoadProgress progress) {
    long start = System.nanoTime();
    ModelConfig config = checkpoint.config();
    ModelWeightStats stats = ModelWeightStats.of(checkpoint);
    long availableBytes = MachineMemory.availableBytes() - stats.bytes();
    KvCacheSizing sizing =
        KvCacheSizing.of(config, options, backend.kvElementBytes(), availableBytes);
    if (sizing.reduced()) {
      log.warn(
          "the KV cache of {} tokens limits {} to a context of {} tokens; a larger cache lifts that",
          sizing.numBlocks() * KvCacheSizing.BLOCK_SIZE,
          options.modelId(),
          sizing.maxModelLen());
    }
    SchedulerConfig scheduling = scheduling(options, sizing.maxModelLen());
    TransformerWeights weights =
        TransformerWeights.load(
            backend, checkpoint, done -> progress.at("weights", done, stats.bytes()));
    long loaded = System.nanoTime();
    ModelStepRunner runner = runner(options, config, weights, backend, sizing);
    WarmUp.run(runner, options, progress);
    ModelInfo info =
        new ModelInfo(
            options.modelId(),
            config.architecture().huggingFaceName(),
            stats.dominatingType().name(),
            stats.parameters(),
            stats.bytes(),
            sizing.maxModelLen(),
            config.vocabSize(),
            backend.description(),
            Instant.now(),
            checkpoint.generation().sampling());
    log.info(
        "{} ({}, {} million weights, {}) is ready: loaded in {} ms, warmed up in {} ms, context {}, KV cache {} blocks of {} tokens",
        info.id(),
        info.architecture(),
        info.parameters() / 1_000_000,
        info.dtype(),
        Duration.ofNanos(loaded - start).toMillis(),
        Duration.ofNanos(System.nanoTime() - loaded).toMillis(),
        info.maxModelLen(),
        sizing.numBlocks(),
        KvCacheSizing.BLOCK_SIZE);
    return Engine.start(
        info,
        text,
        text::stream,
        checkpoint.generation().eosTokenIds(),
        scheduling,
        new BlockPool(sizing.numBlocks(), KvCacheSizing.BLOCK_SIZE),
        runner,
        DeviceWatch.NONE);
  }

  private static SchedulerConfig scheduling(EngineOptions options, int maxModelLen) {
    try {
      return new SchedulerConfig(
          options.maxNumSeqs(),
          options.maxNumBatchedTokens(),
          options.maxQueuedRequests(),
          maxModelLen);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(e.getMessage());
    }
  }

  private static ModelStepRunner runner(
      EngineOptions options,
      ModelConfig config,
      TransformerWeights weights,
      Backend backend,
      KvCacheSizing sizing) {
    Transformer transformer =
        new Transformer(
            config, weights, backend, options.maxNumBatchedTokens(), options.maxNumSeqs());
    KvCache cache =
        backend.allocateKvCache(
            new KvCacheSpec(
                config.numLayers(),
                config.numKvHeads(),
                config.headDim(),
                KvCacheSizing.BLOCK_SIZE,
                sizing.numBlocks() + 1)); // the runner's own block
    return ModelStepRunner.of(backend, transformer, cache, config.vocabSize());
  }
}
