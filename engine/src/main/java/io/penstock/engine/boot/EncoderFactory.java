package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.EncoderConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.model.Encoder;
import io.penstock.engine.model.EncoderWeights;
import io.penstock.engine.runtime.DeviceWatch;
import io.penstock.engine.runtime.EncoderRunner;
import io.penstock.engine.runtime.Engine;
import io.penstock.engine.runtime.ModelText;
import io.penstock.engine.runtime.Swap;
import io.penstock.engine.sched.LearntStepCost;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.weights.Checkpoints;
import io.penstock.engine.weights.EncoderCheckpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the engine of an encoder together, which embeds and does nothing else. */
final class EncoderFactory {
  private static final Logger log = LoggerFactory.getLogger(EncoderFactory.class);
  private static final int BLOCK_SIZE = KvCacheSizing.BLOCK_SIZE;
  private static final Duration WARM_UP = Duration.ofMillis(700);
  private static final int WARM_UP_STEPS = 60;

  private EncoderFactory() {}

  /**
   * @throws ModelLoadException when it cannot be served, saying why
   */
  static InferenceEngine load(EngineOptions options, LoadProgress progress) {
    try (EncoderCheckpoint checkpoint = Checkpoints.openEncoder(options.location())) {
      ModelText text = ModelText.of(checkpoint.tokenizer());
      Backends.Opened opened = Backends.forEmbeddings(options);
      try {
        return start(options, checkpoint, text, opened, progress);
      } catch (RuntimeException | OutOfMemoryError e) {
        opened.backend().close();
        throw e;
      }
    }
  }

  private static Engine start(
      EngineOptions options,
      EncoderCheckpoint checkpoint,
      ModelText text,
      Backends.Opened opened,
      LoadProgress progress) {
    long start = System.nanoTime();
    EncoderConfig config = checkpoint.config();
    Backend backend = opened.backend();
    ModelWeightStats stats = ModelWeightStats.of(checkpoint);
    int longest = longestInput(options, checkpoint);
    SchedulerConfig scheduling = scheduling(options, opened.limits(), longest);
    EncoderWeights weights =
        EncoderWeights.load(
            backend, checkpoint, done -> progress.at("weights", done, stats.bytes()));
    Encoder encoder = new Encoder(config, weights, backend, scheduling.maxNumBatchedTokens());
    BlockPool pool = new BlockPool(blocks(scheduling), BLOCK_SIZE);
    KvCacheSpec spec =
        new KvCacheSpec(1, config.numHeads(), config.headDim(), BLOCK_SIZE, pool.totalBlocks() + 1);
    EncoderRunner runner = new EncoderRunner(backend, encoder, backend.allocateKvCache(spec));
    warmUp(runner, Math.min(BLOCK_SIZE, longest));
    ModelInfo info =
        new ModelInfo(
            options.modelId(),
            config.architecture(),
            stats.dominatingType().name(),
            stats.parameters(),
            stats.bytes(),
            longest,
            config.vocabSize(),
            backend.description(),
            Instant.now(),
            Map.of(),
            scheduling.maxNumSeqs(),
            BLOCK_SIZE,
            spec.elementsPerBlock() * backend.kvElementBytes(),
            false,
            new EmbeddingInfo(
                config.hiddenSize(),
                checkpoint.embedding().pooling(),
                checkpoint.embedding().normalize()));
    log.info(
        "{} ({}, {} million weights, {}) is ready to embed: loaded in {} ms, inputs of up to {} tokens",
        info.id(),
        info.architecture(),
        info.parameters() / 1_000_000,
        info.dtype(),
        Duration.ofNanos(System.nanoTime() - start).toMillis(),
        longest);
    return Engine.start(
        info,
        text,
        text::stream,
        Set.of(),
        scheduling,
        pool,
        new SchedulerContext(
            System::nanoTime, new LearntStepCost(), options.budget(), null, Offloading.none()),
        spec.elementsPerBlock() * backend.kvElementBytes(),
        Swap.NONE,
        runner,
        DeviceWatch.NONE);
  }

  /** See {@link WarmUp}: small steps first, and not for long on a busy machine. */
  private static void warmUp(EncoderRunner runner, int most) {
    long end = System.nanoTime() + WARM_UP.toNanos();
    for (int step = 1; step <= WARM_UP_STEPS && System.nanoTime() < end; step++) {
      runner.warmUp(step % 5 == 0 ? most : 1);
    }
  }

  /** What it was trained for and has positions for; a setting, which is for all models, may cut. */
  private static int longestInput(EngineOptions options, EncoderCheckpoint checkpoint) {
    int longest = checkpoint.config().maxPositions();
    int trained = checkpoint.embedding().maxTokens();
    longest = trained > 0 ? Math.min(longest, trained) : longest;
    return options.maxModelLen() > 0 ? Math.min(longest, options.maxModelLen()) : longest;
  }

  private static SchedulerConfig scheduling(EngineOptions options, StepLimits limits, int longest) {
    int tokens =
        options.maxNumBatchedTokens() > 0
            ? limits.maxNumBatchedTokens()
            : Math.max(limits.maxNumBatchedTokens(), longest);
    try {
      return new SchedulerConfig(
          limits.maxNumSeqs(),
          tokens,
          tokens,
          0,
          0,
          options.maxQueuedRequests(),
          longest,
          options.scheduling().toCpuPolicy(),
          true);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(options.location(), e.getMessage());
    }
  }

  /** Enough for the largest step, each of whose sequences may leave most of a block empty. */
  private static int blocks(SchedulerConfig config) {
    return config.maxNumBatchedTokens() / BLOCK_SIZE + config.maxNumSeqs();
  }
}
