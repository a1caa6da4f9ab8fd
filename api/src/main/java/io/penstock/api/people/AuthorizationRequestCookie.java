package io.penstock.api.people;

import io.penstock.api.platform.access.KeyedHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.security.oauth2.client.web.server.ServerAuthorizationRequestRepository;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was asked of the OpenID Connect provider, in a signed cookie of the browser that asked: the
 * answer may come to another replica, and nothing is kept for who never comes back.
 */
final class AuthorizationRequestCookie
    implements ServerAuthorizationRequestRepository<OAuth2AuthorizationRequest> {
  private static final String COOKIE = "penstock_oidc";
  private static final String HASH = "oidc";
  private static final Duration LIFETIME = Duration.ofMinutes(10);
  private static final int LONGEST = 8000;

  private final KeyedHash hash;
  private final JsonMapper json;
  private final boolean secure;

  AuthorizationRequestCookie(KeyedHash hash, JsonMapper json, boolean secure) {
    this.hash = hash;
    this.json = json;
    this.secure = secure;
  }

  private record Stored(
      String authorizationUri,
      String clientId,
      String redirectUri,
      Set<String> scopes,
      String state,
      Map<String, Object> parameters,
      Map<String, Object> attributes,
      long endsAt) {}

  @Override
  public Mono<Void> saveAuthorizationRequest(
      OAuth2AuthorizationRequest request, ServerWebExchange exchange) {
    return Mono.fromRunnable(
        () -> {
          Stored stored =
              new Stored(
                  request.getAuthorizationUri(),
                  request.getClientId(),
                  request.getRedirectUri(),
                  request.getScopes(),
                  request.getState(),
                  request.getAdditionalParameters(),
                  request.getAttributes(),
                  Instant.now().plus(LIFETIME).getEpochSecond());
          String text =
              Base64.getUrlEncoder()
                  .withoutPadding()
                  .encodeToString(json.writeValueAsBytes(stored));
          put(text + "." + signature(text), LIFETIME, exchange);
        });
  }

  private String signature(String text) {
    return HexFormat.of().formatHex(hash.of(HASH, text));
  }

  private void put(String value, Duration age, ServerWebExchange exchange) {
    exchange
        .getResponse()
        .addCookie(
            ResponseCookie.from(COOKIE, value)
                .httpOnly(true)
                .secure(secure)
                .sameSite("Lax")
                .path("/login/oauth2")
                .maxAge(age)
                .build());
  }

  @Override
  public Mono<OAuth2AuthorizationRequest> loadAuthorizationRequest(ServerWebExchange exchange) {
    return Mono.fromSupplier(() -> read(exchange));
  }

  @Override
  public Mono<OAuth2AuthorizationRequest> removeAuthorizationRequest(ServerWebExchange exchange) {
    return Mono.fromSupplier(
        () -> {
          put("", Duration.ZERO, exchange);
          return read(exchange);
        });
  }

  /** Null when there is none that we signed, or not any more, or for another state. */
  private OAuth2AuthorizationRequest read(ServerWebExchange exchange) {
    HttpCookie cookie = exchange.getRequest().getCookies().getFirst(COOKIE);
    String value = cookie == null ? "" : cookie.getValue();
    int dot = value.lastIndexOf('.');
    if (dot < 0
        || value.length() > LONGEST
        || !value.substring(dot + 1).matches("[0-9a-f]{64}")
        || !hash.matches(
            HASH, value.substring(0, dot), HexFormat.of().parseHex(value.substring(dot + 1)))) {
      return null;
    }
    try {
      Stored stored =
          json.readValue(
              new String(
                  Base64.getUrlDecoder().decode(value.substring(0, dot)), StandardCharsets.UTF_8),
              Stored.class);
      return stored.endsAt > Instant.now().getEpochSecond()
              && stored.state.equals(exchange.getRequest().getQueryParams().getFirst("state"))
          ? request(stored)
          : null;
    } catch (JacksonException | IllegalArgumentException _) {
      return null; // of another version of ours
    }
  }

  private static OAuth2AuthorizationRequest request(Stored stored) {
    return OAuth2AuthorizationRequest.authorizationCode()
        .authorizationUri(stored.authorizationUri)
        .clientId(stored.clientId)
        .redirectUri(stored.redirectUri)
        .scopes(stored.scopes)
        .state(stored.state)
        .additionalParameters(stored.parameters)
        .attributes(attributes -> attributes.putAll(stored.attributes))
        .build();
  }
}
