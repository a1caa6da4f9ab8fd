package io.penstock.api.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.health.ReadinessCheck;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.InferenceEngine;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** The models of this process by name: the catalogue reports to it, requests are routed by it. */
@Component
public final class ModelRegistry implements ReadinessCheck {
  private final MeterRegistry meters;
  private volatile Map<String, ModelStatus> models = Map.of();

  ModelRegistry(MeterRegistry meters) {
    this.meters = meters;
  }

  /** The model is being loaded. */
  public void loading(String id, String progress) {
    put(new ModelStatus(id, ModelStatus.State.LOADING, progress, null));
  }

  /** The model takes requests from now on. */
  public void ready(String id, InferenceEngine engine) {
    bindMetrics(id, engine);
    put(new ModelStatus(id, ModelStatus.State.READY, "", new ServedModel(engine)));
  }

  /**
   * @param reason for the operator; clients do not see it, it may name files
   */
  public void failed(String id, String reason) {
    put(new ModelStatus(id, ModelStatus.State.FAILED, reason, null));
  }

  private synchronized void put(ModelStatus status) {
    Map<String, ModelStatus> changed = new LinkedHashMap<>(models);
    changed.put(status.id(), status);
    models = changed;
  }

  /** All configured models, in the order of the configuration. */
  public List<ModelStatus> all() {
    return List.copyOf(models.values());
  }

  /**
   * @throws ApiException 404 when there is no such model, 503 while it is being loaded
   */
  public ServedModel require(String id) {
    ModelStatus status = models.get(id);
    if (status == null || status.state() == ModelStatus.State.FAILED) {
      throw ApiException.notFound(
          "model_not_found",
          "model",
          status == null
              ? "The model '%s' does not exist. GET /v1/models lists the models.".formatted(id)
              : "The model '%s' could not be loaded; the operator finds the reason in the log."
                  .formatted(id));
    }
    if (status.state() == ModelStatus.State.LOADING) {
      throw ApiException.overloaded(
          "The model '%s' is still being loaded.".formatted(id), Duration.ofSeconds(2));
    }
    return status.model();
  }

  /** Ready when nothing is being loaded and at least one model takes requests. */
  @Override
  public Optional<String> notReadyBecause() {
    List<ModelStatus> all = all();
    Optional<String> loading =
        all.stream()
            .filter(m -> m.state() == ModelStatus.State.LOADING)
            .map(m -> "model %s is being loaded (%s)".formatted(m.id(), m.detail()))
            .findFirst();
    if (loading.isPresent()) {
      return loading;
    }
    return all.stream()
            .anyMatch(
                m ->
                    m.state() == ModelStatus.State.READY
                        && m.model().unavailableBecause().isEmpty())
        ? Optional.empty()
        : Optional.of("no model could be loaded");
  }

  private void bindMetrics(String id, InferenceEngine engine) {
    gauge("penstock.num.requests.running", id, engine, EngineMetrics::running);
    gauge("penstock.num.requests.waiting", id, engine, EngineMetrics::waiting);
    gauge(
        "penstock.kv.cache.usage.ratio",
        id,
        engine,
        m -> m.kvBlocksTotal() == 0 ? 0 : 1 - (double) m.kvBlocksFree() / m.kvBlocksTotal());
    counter("penstock.engine.prompt.tokens", id, engine, EngineMetrics::promptTokens);
    counter("penstock.engine.generation.tokens", id, engine, EngineMetrics::generationTokens);
    counter("penstock.engine.steps", id, engine, EngineMetrics::steps);
    counter("penstock.engine.step.seconds", id, engine, m -> m.stepNanos() / 1e9);
    counter("penstock.engine.preemptions", id, engine, EngineMetrics::preemptions);
  }

  private void gauge(
      String name, String id, InferenceEngine engine, ToDoubleFunction<EngineMetrics> value) {
    Gauge.builder(name, engine, e -> value.applyAsDouble(e.metrics()))
        .tags(Tags.of("model", id))
        .strongReference(true)
        .register(meters);
  }

  private void counter(
      String name, String id, InferenceEngine engine, ToDoubleFunction<EngineMetrics> value) {
    FunctionCounter.builder(name, engine, e -> value.applyAsDouble(e.metrics()))
        .tags(Tags.of("model", id))
        .register(meters);
  }
}
