package io.penstock.api.openai.responses;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.openai.BatchEndpoint;
import io.penstock.api.openai.CallSource;
import io.penstock.api.platform.web.JsonBodies;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Responses in batches. They are kept like others, so that others may go on from them. */
@Component
final class ResponseBatches implements BatchEndpoint {
  private final ResponseCalls calls;
  private final Gateway gateway;
  private final JsonBodies bodies;

  ResponseBatches(ResponseCalls calls, Gateway gateway, JsonBodies bodies) {
    this.calls = calls;
    this.gateway = gateway;
    this.bodies = bodies;
  }

  @Override
  public String path() {
    return ResponsesController.PATH;
  }

  @Override
  public Mono<?> run(JsonNode body, CallSource source) {
    return Mono.fromCallable(
            () -> {
              ResponsesRequest request = bodies.read(body, ResponsesRequest.class);
              BatchEndpoint.refuseStream(request.stream());
              return request;
            })
        .flatMap(request -> calls.prepare(request, source))
        .flatMap(
            ready ->
                gateway
                    .start(ready.call().generation())
                    .flatMap(generation -> calls.whole(ready, generation)));
  }
}
