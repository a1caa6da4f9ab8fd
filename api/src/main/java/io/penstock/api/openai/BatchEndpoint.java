package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
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

  /** Answers of a batch are whole. */
  static void refuseStream(Boolean stream) {
    if (Requests.isTrue(stream)) {
      throw ApiException.invalid(
          "stream", "invalid_value", "'stream' must not be true in a batch.");
    }
  }
}
