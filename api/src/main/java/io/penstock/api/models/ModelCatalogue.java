package io.penstock.api.models;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.RunningBudgets;
import io.penstock.api.gateway.SchedulingSettings;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.SettingException;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.ModelLoadException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Loads the configured models and closes their engines.
 *
 * <p>Loading begins with this object, on a thread of its own, so that it overlaps with the rest of
 * the start. Models load one after the other: each takes all cores anyway. A model that cannot be
 * loaded is reported and left out; the server goes on with the others.
 */
@Component
final class ModelCatalogue implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ModelCatalogue.class);

  /** Stops after the web server has drained and before the usage ledger does its last write. */
  private static final int PHASE = 1000;

  /** Models that wait to be loaded. */
  private static final int MOST_WAITING = 64;

  private final PenstockProperties properties;
  private final ModelRegistry registry;
  private final ModelSource source;
  private final EngineLoader loader;
  private final SchedulingSettings scheduling;
  private final RunningBudgets budgets;
  private final ThreadPoolExecutor loading =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          Thread.ofPlatform().name("model-load").daemon().factory());

  // Guarded by this.
  private final Map<String, InferenceEngine> engines = new LinkedHashMap<>();
  private final Map<String, ModelSpec> specs = new LinkedHashMap<>();
  private boolean closed;

  private volatile boolean running;

  ModelCatalogue(
      PenstockProperties properties,
      ModelRegistry registry,
      ModelSource source,
      EngineLoader loader,
      SchedulingSettings scheduling,
      RunningBudgets budgets) {
    this.properties = properties;
    this.scheduling = scheduling;
    this.budgets = budgets;
    this.registry = registry;
    this.source = source;
    this.loader = loader;
    List<ModelSpec> configured = parse(properties.model());
    List<GpuShare> gpus =
        GpuShare.of(configured.size(), properties.device(), properties.gpuMemoryUtilization());
    for (int i = 0; i < configured.size(); i++) {
      begin(configured.get(i), gpus.get(i));
    }
  }

  private void begin(ModelSpec spec, GpuShare gpu) {
    specs.put(spec.id(), spec);
    registry.loading(spec.id(), "waiting");
    loading.execute(() -> load(spec, gpu));
  }

  /**
   * Loads one more model, until this server stops; returns at once.
   *
   * @param spec what and under which name
   * @param gpu where, if it goes to a GPU
   * @throws ApiException 409 when there is a model of that name, 429 when too many wait
   */
  synchronized void add(ModelSpec spec, GpuShare gpu) {
    if (specs.containsKey(spec.id()) && !failed(spec.id())) {
      throw ApiException.of(
          HttpStatus.CONFLICT,
          ApiException.INVALID_REQUEST,
          "already_exists",
          "name",
          "There is a model '%s' already; give this one another name.".formatted(spec.id()));
    }
    if (registry.aliases().containsKey(spec.id())) {
      throw ApiException.of(
          HttpStatus.CONFLICT,
          ApiException.INVALID_REQUEST,
          "already_exists",
          "name",
          "'%s' is an alias of '%s'; remove it or give this model another name."
              .formatted(spec.id(), registry.aliases().get(spec.id())));
    }
    try {
      begin(spec, gpu);
    } catch (RejectedExecutionException _) {
      registry.remove(spec.id());
      specs.remove(spec.id());
      throw ApiException.rateLimited(
          "requests", MOST_WAITING + " models wait to be loaded.", Duration.ofSeconds(30));
    }
  }

  private boolean failed(String id) {
    return registry.all().stream()
        .anyMatch(m -> m.id().equals(id) && m.state() == ModelStatus.State.FAILED);
  }

  /**
   * Takes a model away: its running requests end with an error, its memory is free when this
   * returns. Blocks.
   *
   * @throws ApiException 404 when there is none, 409 while it is being loaded
   */
  void remove(String id) {
    InferenceEngine engine;
    synchronized (this) {
      if (!specs.containsKey(id)) {
        throw ApiException.notFound(
            "model_not_found", "id", "There is no model '%s'.".formatted(id));
      }
      engine = engines.remove(id);
      if (engine == null && !failed(id)) {
        throw ApiException.of(
            HttpStatus.CONFLICT,
            ApiException.INVALID_REQUEST,
            "model_loading",
            "id",
            "The model '%s' is being loaded; unload it when that has ended.".formatted(id));
      }
      specs.remove(id);
      registry.remove(id);
    }
    if (engine != null) {
      LOG.info("Model {} is unloaded", id);
      engine.close();
    }
  }

  /** Where a model came from; null when there is no such model. */
  synchronized String reference(String id) {
    ModelSpec spec = specs.get(id);
    return spec == null ? null : spec.reference();
  }

  private static List<ModelSpec> parse(List<String> entries) {
    List<ModelSpec> specs = entries.stream().map(ModelSpec::parse).toList();
    if (specs.isEmpty()) {
      throw new SettingException("penstock.model names no model.");
    }
    Set<String> seen = new HashSet<>();
    for (ModelSpec spec : specs) {
      if (!seen.add(spec.id())) {
        throw new SettingException(
            "penstock.model has two models named '%s'; tell them apart with NAME=PATH."
                .formatted(spec.id()));
      }
    }
    return specs;
  }

  private void load(ModelSpec spec, GpuShare gpu) {
    if (isClosed()) {
      return;
    }
    LoadProgress progress = new ProgressLog(spec.id(), registry);
    try {
      InferenceEngine engine = loader.load(options(spec, gpu, progress), progress);
      if (!adopt(spec.id(), engine)) {
        engine.close();
        return;
      }
      registry.ready(spec.id(), engine);
    } catch (ModelLoadException e) {
      LOG.error("Model {} cannot be served: {}", spec.id(), e.getMessage());
      registry.failed(spec.id(), e.getMessage());
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      LOG.error("Model {} cannot be served", spec.id(), e);
      registry.failed(spec.id(), e.toString());
    }
  }

  private EngineOptions options(ModelSpec spec, GpuShare gpu, LoadProgress progress) {
    return new EngineOptions(
        spec.id(),
        source.locate(spec.reference(), progress),
        EngineOptions.BackendChoice.valueOf(properties.backend().name()),
        properties.threads(),
        properties.maxModelLen(),
        properties.kvCacheSize().toBytes(),
        properties.swapSpace() == null
            ? EngineOptions.DEFAULT_SWAP
            : properties.swapSpace().toBytes(),
        properties.maxNumSeqs(),
        properties.maxNumBatchedTokens(),
        properties.maxQueuedRequests(),
        gpu.device(),
        gpu.memoryUtilization(),
        scheduling.options(),
        budgets);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized boolean adopt(String id, InferenceEngine engine) {
    if (closed) {
      return false;
    }
    engines.put(id, engine);
    return true;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    List<InferenceEngine> toClose;
    synchronized (this) {
      closed = true;
      toClose = List.copyOf(engines.values());
      engines.clear();
    }
    loading.shutdownNow();
    toClose.forEach(InferenceEngine::close);
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
