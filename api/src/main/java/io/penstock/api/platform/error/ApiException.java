package io.penstock.api.platform.error;

import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * An answer that is an error, in OpenAI's terms. Carries no stack trace: it is no fault of ours.
 */
public final class ApiException extends RuntimeException {
  public static final String INVALID_REQUEST = "invalid_request_error";

  private final HttpStatus status;
  private final transient OpenAiError body;
  private final transient HttpHeaders headers;

  private ApiException(HttpStatus status, OpenAiError.Body body, HttpHeaders headers) {
    super(body.message(), null, false, false);
    this.status = status;
    this.body = new OpenAiError(body);
    this.headers = headers;
  }

  public static ApiException of(
      HttpStatus status, String type, String code, String param, String message) {
    return new ApiException(
        status, new OpenAiError.Body(message, type, param, code), new HttpHeaders());
  }

  /** 400 that names the field. */
  public static ApiException invalid(String param, String message) {
    return invalid(param, null, message);
  }

  /** 400 that names the field, with a code. */
  public static ApiException invalid(String param, String code, String message) {
    return of(HttpStatus.BAD_REQUEST, INVALID_REQUEST, code, param, message);
  }

  /** 404 of a thing of ours, not of a route. */
  public static ApiException notFound(String code, String param, String message) {
    return of(HttpStatus.NOT_FOUND, INVALID_REQUEST, code, param, message);
  }

  /** 401. The message must not contain the key. */
  public static ApiException unauthorized(String code, String message) {
    return of(HttpStatus.UNAUTHORIZED, INVALID_REQUEST, code, null, message)
        .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
  }

  /** 503 that says when to try again. */
  public static ApiException overloaded(String message, Duration retryAfter) {
    long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
    return of(
            HttpStatus.SERVICE_UNAVAILABLE,
            "service_unavailable_error",
            "server_is_overloaded",
            null,
            message)
        .header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
  }

  /** 500. */
  public static ApiException internal(String message) {
    return of(HttpStatus.INTERNAL_SERVER_ERROR, "server_error", "internal_error", null, message);
  }

  public ApiException header(String name, String value) {
    headers.set(name, value);
    return this;
  }

  public HttpStatus status() {
    return status;
  }

  public OpenAiError body() {
    return body;
  }

  public HttpHeaders headers() {
    return headers;
  }
}
