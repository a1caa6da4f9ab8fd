package io.penstock.api.gateway;

import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.GenerateEvent;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Answers to what the engine does not take. What is full of everybody's requests is 503, what is
 * full of the caller's own is 429; both say when there will be room, by the engine's estimate or
 * else by how fast requests end.
 */
@Component
final class Refusals {
  private static final Duration NOT_READY = Duration.ofSeconds(5);

  private final Map<String, CompletionRate> rates = new ConcurrentHashMap<>();

  /** A request of the model has ended and made room for another. */
  void ended(String model) {
    rates.computeIfAbsent(model, _ -> new CompletionRate()).completed(System.nanoTime());
  }

  ApiException explain(RequestInfo request, GenerateEvent.Rejected rejected, EngineMetrics engine) {
    String model = request.model();
    return switch (rejected.cause()) {
      case QUEUE_FULL -> {
        Duration wait = wait(model, rejected);
        yield ApiException.overloaded(
            "The queue of model '%s' is full (%d requests run, %d wait): %s There should be room in about %s."
                .formatted(
                    model, engine.running(), engine.waiting(), rejected.message(), seconds(wait)),
            wait);
      }
      case TENANT_QUEUE_FULL -> ownQueue("requests", request, rejected);
      case TENANT_QUEUE_TOKENS_FULL -> ownQueue("tokens", request, rejected);
      case DEADLINE -> deadline(rejected.message());
      case TOO_LONG -> ApiException.invalid(null, "context_length_exceeded", rejected.message());
      case UNAVAILABLE ->
          ApiException.overloaded(
              "Model '%s' takes no requests now: %s".formatted(model, rejected.message()),
              NOT_READY);
    };
  }

  /**
   * @param what are too many
   */
  private ApiException ownQueue(String what, RequestInfo request, GenerateEvent.Rejected rejected) {
    Duration wait = wait(request.model(), rejected);
    return ApiException.rateLimited(
        what,
        "Too many %s of organization %s wait for model '%s': %s There should be room in about %s."
            .formatted(
                what,
                request.caller().tenantName(),
                request.model(),
                rejected.message(),
                seconds(wait)),
        wait);
  }

  private static String seconds(Duration wait) {
    return String.format(Locale.ROOT, "%.1f s", Math.max(0.1, wait.toMillis() / 1e3));
  }

  /** The engine's estimate; without one, how long others took to end lately. */
  private Duration wait(String model, GenerateEvent.Rejected rejected) {
    return rejected.retryAfterNanos() > 0
        ? Duration.ofNanos(rejected.retryAfterNanos())
        : roomIn(model);
  }

  private Duration roomIn(String model) {
    CompletionRate rate = rates.get(model);
    return rate == null ? Duration.ofSeconds(1) : rate.untilNext(System.nanoTime());
  }

  /**
   * The deadline comes before the answer could be complete. Clients must not try again by
   * themselves: their deadline would have passed, and it would begin anew.
   */
  static ApiException deadline(String message) {
    return ApiException.of(
            HttpStatus.SERVICE_UNAVAILABLE,
            ApiException.UNAVAILABLE,
            "deadline_unmeetable",
            "x-request-deadline-ms",
            message)
        .noRetry();
  }
}
