package io.penstock.api.models;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.RunningBudgets;
import io.penstock.api.gateway.SchedulingSettings;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.SettingException;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.ModelLoadException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
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

  private final PenstockProperties properties;
  private final ModelRegistry registry;
  private final ModelSource source;
  private final EngineLoader loader;
  private final SchedulingSettings scheduling;
  private final RunningBudgets budgets;
  private final Thread loading;

  // Guarded by this.
  private final List<InferenceEngine> engines = new ArrayList<>();
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
    List<ModelSpec> specs = parse(properties.model());
    List<GpuShare> gpus =
        GpuShare.of(specs.size(), properties.device(), properties.gpuMemoryUtilization());
    specs.forEach(spec -> registry.loading(spec.id(), "waiting"));
    this.loading =
        Thread.ofPlatform().name("model-load").daemon().start(() -> loadAll(specs, gpus));
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

  private void loadAll(List<ModelSpec> specs, List<GpuShare> gpus) {
    for (int i = 0; i < specs.size(); i++) {
      load(specs.get(i), gpus.get(i));
    }
  }

  private void load(ModelSpec spec, GpuShare gpu) {
    if (isClosed()) {
      return;
    }
    LoadProgress progress = new ProgressLog(spec.id(), registry);
    try {
      InferenceEngine engine = loader.load(options(spec, gpu, progress), progress);
      if (!adopt(engine)) {
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

  private synchronized boolean adopt(InferenceEngine engine) {
    if (closed) {
      return false;
    }
    engines.add(engine);
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
      toClose = List.copyOf(engines);
      engines.clear();
    }
    loading.interrupt();
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
