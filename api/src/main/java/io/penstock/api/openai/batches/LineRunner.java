package io.penstock.api.openai.batches;

import io.penstock.api.openai.BatchEndpoint;
import io.penstock.api.openai.CallSource;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.InvalidParameterException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Runs one request of a batch and writes what became of it as a line. */
@Component
class LineRunner {
  private static final Logger LOG = LoggerFactory.getLogger(LineRunner.class);
  private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private final List<BatchEndpoint> endpoints;
  private final JsonMapper json;

  LineRunner(List<BatchEndpoint> endpoints, JsonMapper json) {
    this.endpoints = endpoints;
    this.json = json;
  }

  /** What became of a line. */
  sealed interface Result {
    /**
     * @param text a line of the output or error file
     */
    record Written(String text, boolean failed) implements Result {}

    /** There is no room now: the line, and those after it, have to wait. */
    record Later(Duration time) implements Result {}
  }

  /** Paths that batches may be for. */
  List<String> paths() {
    return endpoints.stream().map(BatchEndpoint::path).sorted().toList();
  }

  /** Never fails. */
  Mono<Result> run(BatchWork.Line line, String path, Caller.Tenant caller) {
    BatchEndpoint endpoint =
        endpoints.stream().filter(e -> e.path().equals(path)).findFirst().orElseThrow();
    RequestContext context =
        new RequestContext("req_" + RequestContext.randomHex(16), Instant.now(), System.nanoTime());
    return Mono.defer(
            () ->
                endpoint.run(
                    json.readTree(line.request()), CallSource.ofBatch(path, caller, context)))
        .<Result>map(
            body -> new Result.Written(written(line, context, 200, json.valueToTree(body)), false))
        .onErrorResume(e -> Mono.just(refused(line, context, e)));
  }

  /** The same line for all that is left of a batch whose key may not be used any more. */
  Result refused(BatchWork.Line line, RequestContext context, Throwable error) {
    ApiException refusal =
        switch (error) {
          case ApiException e -> e;
          case InvalidParameterException e -> ApiException.invalid(e.parameter(), e.getMessage());
          default -> {
            LOG.error("{} of a batch failed", context.requestId(), error);
            yield ApiException.internal(
                "The server had an error; it is logged under request id "
                    + context.requestId()
                    + ".");
          }
        };
    boolean passing =
        refusal.status() == HttpStatus.SERVICE_UNAVAILABLE
            || refusal.status() == HttpStatus.TOO_MANY_REQUESTS
                && ApiException.RATE_LIMIT.equals(refusal.body().error().code());
    return passing
        ? new Result.Later(wait(refusal))
        : new Result.Written(
            written(line, context, refusal.status().value(), json.valueToTree(refusal.body())),
            true);
  }

  private static Duration wait(ApiException refusal) {
    String millis = refusal.headers().getFirst("retry-after-ms");
    Duration asked = millis == null ? SHORTEST_WAIT : Duration.ofMillis(Long.parseLong(millis));
    return asked.compareTo(SHORTEST_WAIT) < 0
        ? SHORTEST_WAIT
        : asked.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : asked;
  }

  private String written(BatchWork.Line line, RequestContext context, int status, JsonNode body) {
    ObjectNode written = json.createObjectNode();
    written.put("id", context.requestId().replaceFirst("req_", "batch_req_"));
    written.put("custom_id", line.customId());
    ObjectNode response = written.putObject("response");
    response.put("status_code", status).put("request_id", context.requestId());
    response.set("body", body);
    written.putNull("error");
    return json.writeValueAsString(written);
  }
}
