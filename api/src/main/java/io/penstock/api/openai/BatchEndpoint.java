package io.penstock.api.openai;

import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** An endpoint that requests of a batch may be for. */
public interface BatchEndpoint {

  /** Such as {@code /v1/chat/completions}. */
  String path();

  /**
   * Runs one request; fails with an {@link io.penstock.api.platform.error.ApiException} as the
   * endpoint does.
   *
   * @param body of the request, an object
   * @param source says that it is of a batch
   * @return the body of the answer, as JSON can be written of it
   */
  Mono<?> run(JsonNode body, CallSource source);
}
