package io.penstock.api.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.penstock.api.gateway.live.LatencyWindow;
import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.engine.client.LatencyTargets;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.stereotype.Component;

/** What leaves the engines, in figures. */
@Component
final class GatewayMetrics {
  private static final double BYTES_PER_GIB = 1L << 30;

  private final MeterRegistry registry;
  private final TenantLabels tenants;
  private final LiveFigures live;
  private final Map<Key, TokenLatency> tokens = new ConcurrentHashMap<>();

  // Finding a meter by its name and tags takes longer than all that is done with it.
  private final Map<Payer, Share> shares = new ConcurrentHashMap<>();
  private final Map<String, Timer> wholes = new ConcurrentHashMap<>();

  GatewayMetrics(MeterRegistry registry, PenstockProperties properties, LiveFigures live) {
    this.live = live;
    this.registry = registry;
    this.tenants = new TenantLabels(properties.maxTenantLabels(), this::forget);
  }

  /** Whose figures they are; a model that is loaded anew may have other targets. */
  private record Key(String model, ServiceTier tier, LatencyTargets targets) {}

  /** Who has used what; tenants without a label of their own are one. */
  private record Payer(String model, String tenant) {}

  /** What a tenant has had of a model. */
  private record Share(Counter prompt, Counter generated, Counter compute, Counter cache) {
    void add(Outcome outcome) {
      prompt.increment(outcome.promptTokens());
      generated.increment(outcome.completionTokens());
      compute.increment(outcome.computeNanos() / 1e9);
      cache.increment(outcome.kvByteSeconds() / BYTES_PER_GIB);
    }
  }

  /** Durations of one kind and how many were longer than the tier's target. */
  record Latency(Timer timer, long targetNanos, Counter late, LatencyWindow lately) {
    void record(long nanos) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
      lately.record(nanos);
      if (targetNanos > 0 && nanos > targetNanos) {
        late.increment();
      }
    }
  }

  /** How tokens of a model and tier come. */
  record TokenLatency(Latency first, Latency between) {}

  /** Of a model's requests of a tier, which are late by what its engine plans its steps for. */
  TokenLatency tokens(ServedModel model, ServiceTier tier) {
    return tokens.computeIfAbsent(
        new Key(model.id(), tier, model.engine().targets(tier)),
        key ->
            new TokenLatency(
                latency(
                    "penstock.time.to.first.token",
                    "From submission to the first token",
                    key,
                    "5ms,10ms,20ms,50ms,100ms,200ms,500ms,1s,2s,5s,10s,30s,60s",
                    key.targets.firstTokenNanos(),
                    live.first(ServiceTiers.name(tier))),
                latency(
                    "penstock.inter.token.latency",
                    "Between two tokens of one choice",
                    key,
                    "2ms,5ms,10ms,15ms,20ms,30ms,50ms,75ms,100ms,200ms,500ms,1s",
                    key.targets.interTokenNanos(),
                    live.between(ServiceTiers.name(tier)))));
  }

  private Latency latency(
      String name,
      String description,
      Key key,
      String bounds,
      long targetNanos,
      LatencyWindow lately) {
    Tags tags = Tags.of("model", key.model, "tier", ServiceTiers.name(key.tier));
    return new Latency(
        histogram(name, description, tags, bounds),
        targetNanos,
        Counter.builder(name + ".late")
            .description("Of " + name + ", those beyond the tier's target")
            .tags(tags)
            .register(registry),
        lately);
  }

  private Timer histogram(String name, String description, Tags tags, String bounds) {
    Duration[] objectives =
        Arrays.stream(bounds.split(","))
            .map(DurationStyle::detectAndParse)
            .toArray(Duration[]::new);
    return Timer.builder(name)
        .description(description)
        .tags(tags)
        .serviceLevelObjectives(objectives)
        .register(registry);
  }

  /**
   * @param cause the error code that the client got
   */
  void refused(RequestInfo request, String cause) {
    registry
        .counter(
            "penstock.requests.refused",
            "model",
            request.model(),
            "tier",
            ServiceTiers.name(request.urgency().tier()),
            "cause",
            cause)
        .increment();
  }

  void ended(RequestInfo request, Outcome outcome) {
    String model = request.model();
    String tenant =
        tenants.of(
            request.caller().tenantName(),
            outcome.promptTokens() + (double) outcome.completionTokens());
    counter(
            "penstock.requests",
            model,
            "finish_reason",
            outcome.ending().name().toLowerCase(Locale.ROOT))
        .increment();
    shares.computeIfAbsent(new Payer(model, tenant), this::share).add(outcome);
    wholes.computeIfAbsent(model, this::whole).record(outcome.totalNanos(), TimeUnit.NANOSECONDS);
  }

  private Share share(Payer payer) {
    return new Share(
        counter("penstock.prompt.tokens", payer.model, "tenant", payer.tenant),
        counter("penstock.generation.tokens", payer.model, "tenant", payer.tenant),
        counter("penstock.compute.seconds", payer.model, "tenant", payer.tenant),
        counter("penstock.kv.cache.gib.seconds", payer.model, "tenant", payer.tenant));
  }

  private Timer whole(String model) {
    return histogram(
        "penstock.e2e.request.latency",
        "From submission to the end",
        Tags.of("model", model),
        "50ms,100ms,200ms,500ms,1s,2s,5s,10s,30s,60s,120s,300s");
  }

  /** Ends the series of a tenant that has no label any more. */
  private void forget(String tenant) {
    shares.keySet().removeIf(payer -> payer.tenant.equals(tenant));
    registry.getMeters().stream()
        .filter(meter -> tenant.equals(meter.getId().getTag("tenant")))
        .forEach(registry::remove);
  }

  private Counter counter(String name, String model, String key, String value) {
    return registry.counter(name, "model", model, key, value);
  }
}
