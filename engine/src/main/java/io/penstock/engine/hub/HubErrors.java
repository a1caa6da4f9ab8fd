package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;

/** What the hub's status codes mean for a person. Nothing from a URL's query is repeated. */
final class HubErrors {
  private static final Set<Integer> FINE = Set.of(200, 206, 416);
  private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429, 500, 502, 503, 504);
  private static final Duration MAX_RETRY_AFTER = Duration.ofSeconds(60);

  /** An answer that a later attempt may not get. */
  static final class TransientStatusException extends IOException {
    private final transient Duration retryAfter;

    TransientStatusException(String message, Duration retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }

    /** How long the hub asks to wait; zero when it does not. */
    Duration retryAfter() {
      return retryAfter;
    }
  }

  private HubErrors() {}

  /**
   * @throws IOException when trying again may help
   * @throws ModelLoadException when it will not
   */
  static HttpResponse<InputStream> check(HttpResponse<InputStream> response, HubSettings settings)
      throws IOException {
    int status = response.statusCode();
    if (FINE.contains(status)) {
      return response;
    }
    response.body().close();
    String where = response.uri().getHost() + response.uri().getPath();
    if (TRANSIENT.contains(status)) {
      throw new TransientStatusException(where + " answers " + status, retryAfter(response));
    }
    String code = response.headers().firstValue("x-error-code").orElse("");
    boolean token = settings.token() != null;
    throw new ModelLoadException(
        where
            + " answers "
            + status
            + ": "
            + switch (status) {
              case 401, 403 -> denied(code, status, token, settings);
              case 404 -> notFound(code);
              default -> "the hub refuses the request";
            });
  }

  private static String denied(String code, int status, boolean token, HubSettings settings) {
    if (code.equals("GatedRepo")) {
      return "the model is gated. Accept its terms at "
          + settings.endpoint().getHost()
          + (token
              ? " with the account that HF_TOKEN belongs to"
              : " and set HF_TOKEN to a token of that account");
    }
    if (!token) {
      return "the model does not exist, or it is private or gated: set HF_TOKEN to a token of an"
          + " account that may read it";
    }
    return status == 401
        ? "the hub does not accept the token in HF_TOKEN, or the model does not exist"
        : "the token in HF_TOKEN may not read this model";
  }

  private static String notFound(String code) {
    return switch (code) {
      case "RevisionNotFound" -> "the model has no such revision";
      case "EntryNotFound" -> "the model has no such file";
      default ->
          "no such model, revision or file; check the spelling of org/name@revision:file.gguf";
    };
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    String seconds = response.headers().firstValue("retry-after").orElse("");
    if (!seconds.matches("\\d{1,6}")) {
      return Duration.ZERO;
    }
    Duration asked = Duration.ofSeconds(Integer.parseInt(seconds));
    return asked.compareTo(MAX_RETRY_AFTER) < 0 ? asked : MAX_RETRY_AFTER;
  }
}
