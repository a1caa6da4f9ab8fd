package io.penstock.api.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.GenerateEvent;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** What leaves the engines, in figures; also the ground of the advice when to try again. */
@Component
final class GatewayMetrics {
  private final MeterRegistry registry;
  private final Map<String, Timer> firstToken = new ConcurrentHashMap<>();
  private final Map<String, Timer> interToken = new ConcurrentHashMap<>();
  private final Map<String, CompletionRate> rates = new ConcurrentHashMap<>();

  GatewayMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  void firstToken(String model, long nanos) {
    firstToken
        .computeIfAbsent(
            model,
            m ->
                histogram(
                    "penstock.time.to.first.token",
                    "From submission to the first token",
                    m,
                    "5ms,10ms,20ms,50ms,100ms,200ms,500ms,1s,2s,5s,10s,30s,60s"))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  void interToken(String model, long nanos) {
    interToken
        .computeIfAbsent(
            model,
            m ->
                histogram(
                    "penstock.inter.token.latency",
                    "Between two tokens of one choice",
                    m,
                    "2ms,5ms,10ms,15ms,20ms,30ms,50ms,75ms,100ms,200ms,500ms,1s"))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer histogram(String name, String description, String model, String bounds) {
    Duration[] objectives =
        java.util.Arrays.stream(bounds.split(","))
            .map(org.springframework.boot.convert.DurationStyle::detectAndParse)
            .toArray(Duration[]::new);
    return Timer.builder(name)
        .description(description)
        .tag("model", model)
        .serviceLevelObjectives(objectives)
        .register(registry);
  }

  void ended(RequestInfo request, Outcome outcome) {
    String model = request.model();
    String tenant = request.caller().tenantName();
    if (outcome.ending() != Outcome.Ending.REJECTED) {
      rates.computeIfAbsent(model, _ -> new CompletionRate()).completed(System.nanoTime());
    }
    counter(
            "penstock.requests",
            model,
            "finish_reason",
            outcome.ending().name().toLowerCase(Locale.ROOT))
        .increment();
    counter("penstock.prompt.tokens", model, "tenant", tenant).increment(outcome.promptTokens());
    counter("penstock.generation.tokens", model, "tenant", tenant)
        .increment(outcome.completionTokens());
    histogram(
            "penstock.e2e.request.latency",
            "From submission to the end",
            model,
            "50ms,100ms,200ms,500ms,1s,2s,5s,10s,30s,60s,120s,300s")
        .record(outcome.totalNanos(), TimeUnit.NANOSECONDS);
  }

  private Counter counter(String name, String model, String key, String value) {
    return registry.counter(name, "model", model, key, value);
  }

  /** The answer to a refusal by the engine. */
  ApiException explain(String model, GenerateEvent.Rejected rejected, EngineMetrics engine) {
    return switch (rejected.cause()) {
      case QUEUE_FULL -> {
        CompletionRate rate = rates.get(model);
        Duration wait = rate == null ? Duration.ofSeconds(1) : rate.untilNext(System.nanoTime());
        yield ApiException.overloaded(
            "The queue of model '%s' is full: %d requests run and %d wait. Try again in about %d s."
                .formatted(
                    model, engine.running(), engine.waiting(), Math.max(1, wait.toSeconds())),
            wait);
      }
      case TENANT_QUEUE_FULL -> ApiException.overloaded(rejected.message(), retryAfter(rejected));
      case DEADLINE -> ApiException.overloaded(rejected.message(), retryAfter(rejected));
      case TOO_LONG -> ApiException.invalid(null, "context_length_exceeded", rejected.message());
      case UNAVAILABLE ->
          ApiException.of(
                  HttpStatus.SERVICE_UNAVAILABLE,
                  "service_unavailable_error",
                  "server_is_overloaded",
                  null,
                  "Model '%s' takes no requests now: %s".formatted(model, rejected.message()))
              .header("Retry-After", "5");
    };
  }

  private static Duration retryAfter(GenerateEvent.Rejected rejected) {
    return Duration.ofNanos(Math.max(rejected.retryAfterNanos(), Duration.ofSeconds(1).toNanos()));
  }
}
