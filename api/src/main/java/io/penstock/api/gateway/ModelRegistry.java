package io.penstock.api.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.health.ReadinessCheck;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** The models of this process by name: the catalogue reports to it, requests are routed by it. */
@Component
public final class ModelRegistry implements ReadinessCheck {
  private final MeterRegistry meters;
  private final Set<Meter.Id> bound = ConcurrentHashMap.newKeySet();
  private volatile Map<String, ModelStatus> models = Map.of();
  private volatile Map<String, String> aliases = Map.of();

  ModelRegistry(MeterRegistry meters) {
    this.meters = meters;
  }

  /** The model is being loaded. */
  public void loading(String id, String progress) {
    put(new ModelStatus(id, ModelStatus.State.LOADING, progress, null, null));
  }

  /** The same, with how far it is. */
  public void loading(String id, String progress, ModelStatus.Progress far) {
    put(new ModelStatus(id, ModelStatus.State.LOADING, progress, null, far));
  }

  /** The model takes requests from now on. */
  public void ready(String id, InferenceEngine engine) {
    bindMetrics(id, engine);
    put(new ModelStatus(id, ModelStatus.State.READY, "", new ServedModel(engine), null));
  }

  /**
   * @param reason for the operator; clients do not see it, it may name files
   */
  public void failed(String id, String reason) {
    put(new ModelStatus(id, ModelStatus.State.FAILED, reason, null, null));
  }

  /** The model is served no more, and its figures are not told any more. */
  public synchronized void remove(String id) {
    Map<String, ModelStatus> changed = new LinkedHashMap<>(models);
    changed.remove(id);
    models = changed;
    bound.removeAll(
        bound.stream()
            .filter(meter -> id.equals(meter.getTag("model")))
            .peek(meters::remove)
            .toList());
  }

  private synchronized void put(ModelStatus status) {
    Map<String, ModelStatus> changed = new LinkedHashMap<>(models);
    changed.put(status.id(), status);
    models = changed;
  }

  /**
   * Other names of models from now on.
   *
   * @param names the model's own name by alias; models need not be there
   */
  public void aliases(Map<String, String> names) {
    aliases = Map.copyOf(names);
  }

  /** The model's own name by alias; those that are hidden by a model of that name are left out. */
  public Map<String, String> aliases() {
    Map<String, ModelStatus> own = models;
    Map<String, String> shown = new TreeMap<>(aliases);
    shown.keySet().removeAll(own.keySet());
    return shown;
  }

  /** What a name stands for: the model of that name, else what it is an alias of, else itself. */
  private String resolve(String name) {
    return models.containsKey(name) ? name : aliases.getOrDefault(name, name);
  }

  /** All configured models, in the order of the configuration. */
  public List<ModelStatus> all() {
    return List.copyOf(models.values());
  }

  /**
   * @param id the model's own name or an alias
   * @throws ApiException 404 when there is no such model, 503 while it is being loaded
   */
  public ServedModel require(String id) {
    ModelStatus status = models.get(resolve(id));
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

  /**
   * Of a caller that may call only some models.
   *
   * @throws ApiException as {@link #require(String)}, and 403 when the key may not call it
   */
  public ServedModel require(String id, KeyRights rights) {
    if (!rights.allowsModel(id, resolve(id))) {
      // Whether it exists is none of the caller's business.
      throw ApiException.of(
          HttpStatus.FORBIDDEN,
          ApiException.INVALID_REQUEST,
          "model_not_found",
          "model",
          "This API key does not have access to the model '%s'.".formatted(id));
    }
    return require(id);
  }

  /**
   * Ready when nothing is being loaded, at least one model takes requests, and none that did has
   * stopped to, as an engine that lost its device does: only a new process brings it back.
   */
  @Override
  public Optional<String> notReadyBecause() {
    List<ModelStatus> all = all();
    Optional<String> reason =
        first(all, ModelStatus.State.LOADING)
            .map(m -> "model %s is being loaded (%s)".formatted(m.id(), m.detail()));
    return reason
        .or(() -> all.stream().flatMap(m -> stopped(m).stream()).findFirst())
        .or(
            () ->
                first(all, ModelStatus.State.READY).isPresent()
                    ? Optional.empty()
                    : Optional.of("no model could be loaded"));
  }

  private static Optional<ModelStatus> first(List<ModelStatus> all, ModelStatus.State state) {
    return all.stream().filter(m -> m.state() == state).findFirst();
  }

  private static Optional<String> stopped(ModelStatus status) {
    return Optional.ofNullable(status.model())
        .map(ServedModel::unavailableBecause)
        .filter(reason -> !reason.isEmpty())
        .map(reason -> "model %s takes no requests: %s".formatted(status.id(), reason));
  }

  private void bindMetrics(String id, InferenceEngine engine) {
    gauge("penstock.num.requests.running", id, engine, EngineMetrics::running);
    gauge("penstock.num.requests.waiting", id, engine, EngineMetrics::waiting);
    gauge(
        "penstock.kv.cache.usage.ratio",
        id,
        engine,
        m -> m.kvBlocksTotal() == 0 ? 0 : 1 - (double) m.kvBlocksFree() / m.kvBlocksTotal());
    for (ServiceTier tier : ServiceTier.values()) {
      Tags tags = Tags.of("model", id, "tier", ServiceTiers.name(tier));
      int t = tier.ordinal();
      gauge("penstock.tier.requests.running", tags, engine, m -> m.tiers().get(t).running());
      gauge("penstock.tier.requests.waiting", tags, engine, m -> m.tiers().get(t).waiting());
    }
    counter("penstock.prefix.cache.queried.tokens", id, engine, EngineMetrics::prefixQueriedTokens);
    counter("penstock.prefix.cache.hit.tokens", id, engine, EngineMetrics::prefixCachedTokens);
    counter("penstock.engine.prompt.tokens", id, engine, EngineMetrics::promptTokens);
    counter("penstock.engine.generation.tokens", id, engine, EngineMetrics::generationTokens);
    counter("penstock.engine.steps", id, engine, EngineMetrics::steps);
    counter("penstock.engine.step.seconds", id, engine, m -> m.stepNanos() / 1e9);
    counter("penstock.engine.host.seconds", id, engine, m -> m.hostNanos() / 1e9);
    counter("penstock.engine.device.wait.seconds", id, engine, m -> m.deviceWaitNanos() / 1e9);
    counter("penstock.engine.preemptions", id, engine, EngineMetrics::preemptions);
    counter("penstock.engine.preemptions.offloaded", id, engine, m -> m.swap().offloads());
    counter("penstock.engine.preemptions.recomputed", id, engine, EngineMetrics::recomputes);
    counter("penstock.engine.swapped.bytes", id, engine, m -> m.swap().copiedBytes());
    gauge(
        "penstock.swap.usage.ratio",
        id,
        engine,
        m ->
            m.swap().blocksTotal() == 0
                ? 0
                : 1 - (double) m.swap().blocksFree() / m.swap().blocksTotal());
    if (engine.metrics().device().isPresent()) {
      device("penstock.gpu.memory.used.bytes", id, engine, DeviceMetrics::memoryUsedBytes);
      device("penstock.gpu.memory.total.bytes", id, engine, DeviceMetrics::memoryTotalBytes);
      device("penstock.gpu.utilization.ratio", id, engine, d -> d.utilizationPercent() / 100);
      device("penstock.gpu.power.watts", id, engine, DeviceMetrics::powerWatts);
      counter(
          "penstock.gpu.waited.seconds",
          id,
          engine,
          m -> m.device().map(d -> d.waitedNanos() / 1e9).orElse(0.0));
      counter(
          "penstock.gpu.computed.seconds",
          id,
          engine,
          m -> m.device().map(d -> d.computedNanos() / 1e9).orElse(0.0));
    }
  }

  /** A figure of the model's device; NaN while it is not told. */
  private void device(
      String name, String id, InferenceEngine engine, ToDoubleFunction<DeviceMetrics> value) {
    gauge(
        name,
        id,
        engine,
        m -> m.device().map(value::applyAsDouble).filter(figure -> figure >= 0).orElse(Double.NaN));
  }

  private void gauge(
      String name, String id, InferenceEngine engine, ToDoubleFunction<EngineMetrics> value) {
    gauge(name, Tags.of("model", id), engine, value);
  }

  private void gauge(
      String name, Tags tags, InferenceEngine engine, ToDoubleFunction<EngineMetrics> value) {
    bound.add(
        Gauge.builder(name, engine, e -> value.applyAsDouble(e.metrics()))
            .tags(tags)
            .strongReference(true)
            .register(meters)
            .getId());
  }

  private void counter(
      String name, String id, InferenceEngine engine, ToDoubleFunction<EngineMetrics> value) {
    bound.add(
        FunctionCounter.builder(name, engine, e -> value.applyAsDouble(e.metrics()))
            .tags(Tags.of("model", id))
            .register(meters)
            .getId());
  }
}
