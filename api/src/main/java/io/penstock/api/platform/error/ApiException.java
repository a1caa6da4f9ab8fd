package io.penstock.api.platform.error;

import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * An answer that is an error, in OpenAI's terms. Carries no stack trace: it is no fault of ours.
 */
public final class ApiException extends RuntimeException {
  public static final String INVALID_REQUEST = "invalid_request_error";

  /** Type of what is refused because the server has too much to do. */
  public static final String UNAVAILABLE = "service_unavailable_error";

  /** Code of a limit that time will lift. */
  public static final String RATE_LIMIT = "rate_limit_exceeded";

  private static final String SHOULD_RETRY = "x-should-retry";
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

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
    return of(HttpStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, "server_is_overloaded", null, message)
        .retryAfter(retryAfter);
  }

  /**
   * 429 for a limit of the caller's own that time will lift.
   *
   * @param type what there is too much of: {@code requests} or {@code tokens}
   */
  public static ApiException rateLimited(String type, String message, Duration retryAfter) {
    return of(HttpStatus.TOO_MANY_REQUESTS, type, RATE_LIMIT, null, message).retryAfter(retryAfter);
  }

  /** 500. */
  public static ApiException internal(String message) {
    return of(HttpStatus.INTERNAL_SERVER_ERROR, "server_error", "internal_error", null, message);
  }

  /**
   * Says when to try again: exactly where OpenAI's clients look first, and in HTTP's seconds,
   * rounded up. They keep to waits of up to two minutes and try again sooner when told a longer
   * one, so then they are told to leave it.
   */
  public ApiException retryAfter(Duration wait) {
    long millis = Math.max(1, wait.toMillis());
    return header("retry-after-ms", Long.toString(millis))
        .header(HttpHeaders.RETRY_AFTER, Long.toString((millis + 999) / 1000))
        .header(SHOULD_RETRY, Boolean.toString(wait.compareTo(LONGEST_WAIT) <= 0));
  }

  /** Tells clients not to try again by themselves. */
  public ApiException noRetry() {
    return header(SHOULD_RETRY, "false");
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
