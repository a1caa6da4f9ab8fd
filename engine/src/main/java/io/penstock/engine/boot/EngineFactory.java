package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.backend.cuda.driver.DeviceOutOfMemoryException;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.nullmodel.NullEngine;
import io.penstock.engine.nullmodel.NullModel;
import io.penstock.engine.runtime.DeviceWatch;
import io.penstock.engine.runtime.Engine;
import io.penstock.engine.runtime.Interposer;
import io.penstock.engine.runtime.ModelStepRunner;
import io.penstock.engine.runtime.ModelText;
import io.penstock.engine.runtime.Swap;
import io.penstock.engine.sched.LearntStepCost;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts an engine together: the only place that names a concrete backend. */
public final class EngineFactory {
  private static final Logger log = LoggerFactory.getLogger(EngineFactory.class);

  /** Longer than a backend waits for its device before it gives up. */
  private static final Duration STEP_LIMIT = Duration.ofSeconds(90);

  private EngineFactory() {}

  /**
   * Loads a model and starts its engine; returns when it is ready. The model's files are not open
   * any more then.
   *
   * @throws ModelLoadException when it cannot be served, saying why
   */
  public static InferenceEngine load(EngineOptions options, LoadProgress progress) {
    if (NullModel.isAt(options.location())) {
      return startNull(options);
    }
    if (Checkpoints.isEncoder(options.location())) {
      return EncoderFactory.load(options, progress);
    }
    try (Checkpoint checkpoint = Checkpoints.open(options.location())) {
      ModelText text = ModelText.of(checkpoint.tokenizer());
      ModelWeightStats stats = ModelWeightStats.of(checkpoint);
      Backends.Opened opened =
          checkpoint.embedding().isPresent()
              ? Backends.forEmbeddings(options)
              : Backends.open(options, checkpoint.config(), stats.dominatingType());
      try {
        return start(options, checkpoint, stats, text, opened, progress);
      } catch (RuntimeException | OutOfMemoryError e) {
        opened.backend().close();
        throw e;
      }
    } catch (DeviceOutOfMemoryException e) {
      throw new ModelLoadException(
          options.location(),
          "does not fit into the GPU's memory (%s); give it a larger gpu-memory-utilization or load a smaller model"
              .formatted(e.getMessage()),
          e);
    } catch (OutOfMemoryError e) {
      throw new ModelLoadException(
          options.location(),
          "does not fit into memory (%s); give the JVM or the machine more, or load a smaller or"
                  .formatted(e.getMessage())
              + " more quantized model");
    }
  }

  private static InferenceEngine startNull(EngineOptions options) {
    NullModel model = NullModel.at(options.location());
    StepLimits limits = StepLimits.NULL.with(options);
    int context = options.maxModelLen() > 0 ? options.maxModelLen() : NullEngine.MAX_MODEL_LEN;
    log.warn("{} is a null model: it computes nothing and answers with letters", options.modelId());
    return NullEngine.start(
        options.modelId(),
        model,
        scheduling(options, options.scheduling().withoutTargets().toPolicy(), limits, context),
        options.budget());
  }

  private static Engine start(
      EngineOptions options,
      Checkpoint checkpoint,
      ModelWeightStats stats,
      ModelText text,
      Backends.Opened opened,
      LoadProgress progress) {
    long start = System.nanoTime();
    ModelConfig config = checkpoint.config();
    Backend backend = opened.backend();
    StepLimits limits = opened.limits();
    long hostBytes = MachineMemory.availableBytes() - stats.bytes();
    KvCacheSizing sizing = sizing(config, options, backend, hostBytes); // refuses early
    scheduling(options, backend, limits, sizing.maxModelLen());
    TransformerWeights weights =
        TransformerWeights.load(
            backend, checkpoint, done -> progress.at("weights", done, stats.bytes()));
    long loaded = System.nanoTime();
    Transformer transformer =
        new Transformer(
            config, weights, backend, limits.maxUrgentBatchedTokens(), limits.maxNumSeqs());
    backend.tune((done, total) -> progress.at("tuning", done, total));
    Optional<Interposer> interposer =
        Interposer.of(
            config,
            weights,
            backend,
            limits.maxInterposedTokens(),
            limits.interposed().maxNumSeqs());
    if (backend.kvCacheRoom().isPresent()) {
      Preparation.computeLargestBatch(backend, transformer, interposer, config, limits);
      sizing = sizing(config, options, backend, hostBytes);
    }
    if (sizing.reduced()) {
      log.warn(
          "the KV cache of {} tokens limits {} to a context of {} tokens; a larger cache lifts that",
          sizing.numBlocks() * KvCacheSizing.BLOCK_SIZE,
          options.modelId(),
          sizing.maxModelLen());
    }
    SchedulerConfig scheduling = scheduling(options, backend, limits, sizing.maxModelLen());
    KvCacheSpec spec = cacheSpec(config, sizing);
    KvCache cache = backend.allocateKvCache(spec);
    long blockBytes = spec.elementsPerBlock() * backend.kvElementBytes();
    SwapSpace space = swapSpace(options, backend, cache, blockBytes, hostBytes);
    ModelStepRunner runner =
        ModelStepRunner.of(backend, transformer, cache, space, config.vocabSize(), interposer);
    WarmUp.run(runner, backend, limits, progress);
    Swap swap = Swap.measure(runner, space, blockBytes, sizing.numBlocks());
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
            checkpoint.generation().sampling(),
            limits.maxNumSeqs(),
            KvCacheSizing.BLOCK_SIZE,
            blockBytes,
            checkpoint.embedding().isEmpty(),
            embedding(checkpoint, backend));
    if (swap.slots() > 0) {
      log.info(
          "swap space for {} blocks, {} MiB; copies run at {} GB/s",
          swap.slots(),
          swap.slots() * blockBytes >> 20,
          "%.1f".formatted(swap.bandwidth() / 1e9));
    }
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
    BlockPool pool = new BlockPool(sizing.numBlocks(), KvCacheSizing.BLOCK_SIZE);
    return Engine.start(
        info,
        text,
        new GrammarCompiler(
            text.vocabulary(config.vocabSize(), checkpoint.generation().eosTokenIds())),
        text::stream,
        checkpoint.generation().eosTokenIds(),
        scheduling,
        pool,
        world(pool, transformer, options.budget()),
        blockBytes,
        swap,
        runner,
        watch(backend));
  }

  /** Any decoder's last hidden state says something, trained for that or not. */
  private static EmbeddingInfo embedding(Checkpoint checkpoint, Backend backend) {
    if (backend.embeddings().isEmpty()) {
      return null;
    }
    EmbeddingDefaults defaults = checkpoint.embedding().orElse(EmbeddingDefaults.DECODER);
    return new EmbeddingInfo(
        checkpoint.config().hiddenSize(), defaults.pooling(), defaults.normalize());
  }

  private static SchedulerContext world(
      BlockPool pool, Transformer transformer, TenantBudget budget) {
    PrefixCache prefixes = // keys rotated for another length would be wrong
        transformer.rotationDependsOnLength()
            ? null
            : new PrefixCache(pool, new SecureRandom().nextLong());
    return new SchedulerContext(
        System::nanoTime, new LearntStepCost(), budget, prefixes, Offloading.none());
  }

  private static DeviceWatch watch(Backend backend) {
    return backend.kvCacheRoom().isEmpty()
        ? DeviceWatch.NONE
        : new DeviceWatch(
            STEP_LIMIT,
            () ->
                backend
                    .figures()
                    .map(
                        f ->
                            new DeviceMetrics(
                                f.memoryUsedBytes(),
                                f.memoryTotalBytes(),
                                f.utilizationPercent(),
                                f.powerWatts(),
                                f.waitedNanos(),
                                f.computedNanos())));
  }

  private static KvCacheSizing sizing(
      ModelConfig config, EngineOptions options, Backend backend, long hostBytes) {
    int elementBytes = backend.kvElementBytes();
    return backend
        .kvCacheRoom()
        .map(room -> KvCacheSizing.ofDevice(config, options, elementBytes, room))
        .orElseGet(() -> KvCacheSizing.ofHost(config, options, elementBytes, hostBytes));
  }

  private static SchedulerConfig scheduling(
      EngineOptions options, Backend backend, StepLimits limits, int maxModelLen) {
    boolean onCpu = backend.kvCacheRoom().isEmpty();
    SchedulingOptions asked = options.scheduling();
    SchedulingPolicy policy = onCpu ? asked.toCpuPolicy() : asked.toPolicy();
    return scheduling(options, policy, limits, maxModelLen);
  }

  private static SchedulerConfig scheduling(
      EngineOptions options, SchedulingPolicy policy, StepLimits limits, int maxModelLen) {
    try {
      return new SchedulerConfig(
          limits.maxNumSeqs(),
          limits.maxNumBatchedTokens(),
          limits.maxUrgentBatchedTokens(),
          limits.maxInterposedTokens(),
          0,
          options.maxQueuedRequests(),
          maxModelLen,
          policy);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(e.getMessage());
    }
  }

  private static KvCacheSpec cacheSpec(ModelConfig config, KvCacheSizing sizing) {
    return new KvCacheSpec(
        config.numLayers(),
        config.numKvHeads(),
        config.headDim(),
        KvCacheSizing.BLOCK_SIZE,
        sizing.numBlocks() + 1); // the runner's own block
  }

  private static SwapSpace swapSpace(
      EngineOptions options, Backend backend, KvCache cache, long blockBytes, long hostBytes) {
    int slots =
        SwapSizing.slots(
            options.swapBytes(),
            backend.kvCacheRoom().isPresent(),
            blockBytes,
            cache.spec().numBlocks(),
            hostBytes);
    return slots == 0 ? SwapSpace.NONE : backend.allocateSwapSpace(cache, slots);
  }
}
