package io.penstock.api.platform.error;

import org.springframework.http.server.reactive.ServerHttpRequest;

/** Errors in another shape than OpenAI's, for the paths of another API. */
public interface ErrorShape {

  /** Whether errors of this request have the shape. */
  boolean appliesTo(ServerHttpRequest request);

  /** The body, as JSON can be written of it. */
  Object body(ApiException error, String requestId);
}
