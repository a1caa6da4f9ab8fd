package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.ClientAddress;
import io.penstock.api.platform.access.Credentials;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * {@code Authorization: Bearer KEY}, or {@code x-api-key: KEY} where there is no such header. With
 * the operator's key, the organization that a header names is administered as by its owner.
 */
@Component
@Order(0)
final class KeyCredentials implements Credentials {
  private static final String SCHEME = "bearer ";

  /** Where Anthropic's clients put the key, bare. */
  private static final String ANTHROPIC_HEADER = "x-api-key";

  private final KeyAuthenticator authenticator;
  private final TenantStore tenants;
  private final ClientAddress addresses;

  KeyCredentials(KeyAuthenticator authenticator, TenantStore tenants, ClientAddress addresses) {
    this.authenticator = authenticator;
    this.tenants = tenants;
    this.addresses = addresses;
  }

  @Override
  public boolean present(ServerWebExchange exchange) {
    String header = header(exchange);
    return header != null && !header.isBlank() || bareKey(exchange) != null;
  }

  @Override
  public Mono<Caller> check(ServerWebExchange exchange, Right right) {
    String header = header(exchange);
    String key = header == null || header.isBlank() ? bareKey(exchange) : key(header);
    return authenticator
        .authenticate(key, addresses.of(exchange.getRequest()))
        .flatMap(
            caller ->
                caller instanceof Caller.Admin admin && right != null && right.least() != null
                    ? asOwner(admin, exchange)
                    : Mono.just(caller));
  }

  private Mono<Caller> asOwner(Caller.Admin admin, ServerWebExchange exchange) {
    String named = exchange.getRequest().getHeaders().getFirst(ORGANIZATION_HEADER);
    if (named == null || named.isBlank()) {
      return Mono.just(admin);
    }
    return tenants
        .named(named)
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.notFound(
                        "organization_not_found",
                        ORGANIZATION_HEADER,
                        "There is no such organization.")))
        .map(
            tenant ->
                new Caller.Member(
                    tenant.id(), tenant.name(), tenant.zone(), admin.actor(), Role.OWNER, null));
  }

  private static String header(ServerWebExchange exchange) {
    return exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
  }

  /** Null when there is none. */
  private static String bareKey(ServerWebExchange exchange) {
    String key = exchange.getRequest().getHeaders().getFirst(ANTHROPIC_HEADER);
    return key == null || key.isBlank() ? null : key.strip();
  }

  private static String key(String header) {
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        || header.substring(SCHEME.length()).isBlank()) {
      throw ApiException.unauthorized(
          "invalid_api_key",
          "The Authorization header is malformed; it must read 'Authorization: Bearer YOUR_KEY'.");
    }
    return header.substring(SCHEME.length()).strip();
  }
}
