package io.penstock.api.openai.messages;

import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.ErrorShape;
import io.penstock.api.platform.error.OpenAiError;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;

/** Errors as Anthropic's clients read them, on Anthropic's paths. */
@Component
final class AnthropicErrors implements ErrorShape {

  /**
   * @param type always {@code error}
   */
  record Body(String type, Error error, String requestId) {}

  /**
   * @param type by which clients tell errors apart
   */
  record Error(String type, String message) {}

  @Override
  public boolean appliesTo(ServerHttpRequest request) {
    String path = request.getPath().value();
    return path.equals(MessagesController.PATH) || path.startsWith(MessagesController.PATH + "/");
  }

  @Override
  public Object body(ApiException error, String requestId) {
    return of(error, requestId);
  }

  static Body of(ApiException error, String requestId) {
    OpenAiError.Body body = error.body().error();
    String message =
        body.param() == null || body.message().contains(body.param())
            ? body.message()
            : body.param() + ": " + body.message();
    return new Body("error", new Error(type(error), message), requestId);
  }

  private static String type(ApiException error) {
    return switch (error.status()) {
      case UNAUTHORIZED -> "authentication_error";
      case FORBIDDEN -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case CONTENT_TOO_LARGE -> "request_too_large";
      case TOO_MANY_REQUESTS -> "rate_limit_error";
      case SERVICE_UNAVAILABLE -> "overloaded_error";
      default -> error.status().is4xxClientError() ? "invalid_request_error" : "api_error";
    };
  }
}
