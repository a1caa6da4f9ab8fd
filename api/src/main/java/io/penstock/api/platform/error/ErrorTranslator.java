package io.penstock.api.platform.error;

import io.penstock.engine.core.InvalidParameterException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.reactive.resource.NoResourceFoundException;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerErrorException;
import org.springframework.web.server.ServerWebInputException;
import org.springframework.web.server.UnsupportedMediaTypeStatusException;

/** Any exception as an answer in OpenAI's shape. */
public final class ErrorTranslator {
  /** Class of SQL states. */
  private static final String DATA_EXCEPTION = "22";

  private ErrorTranslator() {}

  /**
   * @param requestId named in answers to faults of ours, so that the operator finds the log entry
   */
  public static ApiException translate(
      Throwable error, ServerHttpRequest request, String requestId) {
    return switch (error) {
      case ApiException e -> e;
      case InvalidParameterException e -> ApiException.invalid(e.parameter(), e.getMessage());
      case NoResourceFoundException _ -> unknownUrl(request);
      case MethodNotAllowedException e -> methodNotAllowed(e, request);
      case UnsupportedMediaTypeStatusException e -> unsupportedMediaType(e);
      // A blank where an id should stand.
      case ServerErrorException e when isPathVariable(e) -> unknownUrl(request);
      case ServerErrorException _ -> fault(requestId);
      case ServerWebInputException e when e.getCause() instanceof ApiException cause -> cause;
      case ErrorResponse e when e.getStatusCode().is4xxClientError() -> clientError(e, request);
      default -> ofDatabase(error).orElseGet(() -> fault(requestId));
    };
  }

  /**
   * A database that is away, and a value that PostgreSQL cannot take, such as a text with a NUL,
   * are no faults of ours.
   */
  private static Optional<ApiException> ofDatabase(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof R2dbcNonTransientResourceException
          || cause instanceof R2dbcTransientResourceException) {
        return Optional.of(
            ApiException.overloaded(
                "The database does not answer at the moment.", Duration.ofSeconds(1)));
      }
      if (cause instanceof R2dbcException e
          && e.getSqlState() != null
          && e.getSqlState().startsWith(DATA_EXCEPTION)) {
        return Optional.of(ApiException.invalid(null, "A value of the request cannot be stored."));
      }
    }
    return Optional.empty();
  }

  private static boolean isPathVariable(ServerErrorException e) {
    return e.getMethodParameter() != null
        && e.getMethodParameter().hasParameterAnnotation(PathVariable.class);
  }

  private static ApiException unknownUrl(ServerHttpRequest request) {
    return ApiException.notFound(
        "unknown_url",
        null,
        "Invalid URL (%s %s)".formatted(request.getMethod(), request.getPath().value()));
  }

  private static ApiException methodNotAllowed(
      MethodNotAllowedException e, ServerHttpRequest request) {
    String allowed =
        String.join(", ", e.getSupportedMethods().stream().map(Object::toString).sorted().toList());
    return ApiException.of(
            HttpStatus.METHOD_NOT_ALLOWED,
            ApiException.INVALID_REQUEST,
            "method_not_supported",
            null,
            "Not allowed to %s on %s; allowed: %s."
                .formatted(request.getMethod(), request.getPath().value(), allowed))
        .header(HttpHeaders.ALLOW, allowed);
  }

  private static ApiException unsupportedMediaType(UnsupportedMediaTypeStatusException e) {
    String sent = e.getContentType() == null ? "none" : "'" + e.getContentType() + "'";
    return ApiException.of(
        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
        ApiException.INVALID_REQUEST,
        "unsupported_media_type",
        null,
        "The body must be JSON with Content-Type: application/json; sent was " + sent + ".");
  }

  private static ApiException clientError(ErrorResponse e, ServerHttpRequest request) {
    HttpStatus status = HttpStatus.resolve(e.getStatusCode().value());
    if (status == null) {
      status = HttpStatus.BAD_REQUEST;
    }
    if (status == HttpStatus.NOT_FOUND) {
      return unknownUrl(request);
    }
    String detail = e.getBody().getDetail();
    return ApiException.of(
        status,
        ApiException.INVALID_REQUEST,
        status == HttpStatus.CONTENT_TOO_LARGE ? "request_too_large" : null,
        null,
        detail == null ? status.getReasonPhrase() : detail);
  }

  private static ApiException fault(String requestId) {
    return ApiException.internal(
        "The server had an error while processing your request. It is logged under request id "
            + requestId
            + ".");
  }
}
