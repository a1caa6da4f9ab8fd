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
 * {@code Authorization: Bearer KEY}, or {@code x-api-key: KEY} where there is no such header. The
 * organization and the project that headers name must be the key's. With the operator's key, the
 * organization that a header names is administered as by its owner.
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
        .doOnNext(caller -> requireOwn(caller, exchange))
        .flatMap(
            caller ->
                caller instanceof Caller.Admin admin && right != null && right.least() != null
                    ? asOwner(admin, exchange)
                    : Mono.just(caller));
  }

  /** Who names another organization or project than the key's means another key. */
  private static void requireOwn(Caller caller, ServerWebExchange exchange) {
    if (caller instanceof Caller.OfTenant of) {
      String organization = named(exchange, ORGANIZATION_HEADER);
      if (organization != null
          && !organization.equals(of.tenantName())
          && !organization.equals(of.tenantId().toString())) {
        throw ApiException.unauthorized(
            "mismatched_organization",
            "The header %s must name the organization of the API key or be left out."
                .formatted(ORGANIZATION_HEADER));
      }
      String project = named(exchange, PROJECT_HEADER);
      if (project != null && of.projectId() != null && !project.equals(of.projectId().toString())) {
        throw ApiException.unauthorized(
            "mismatched_project",
            "The header %s must name the project of the API key or be left out."
                .formatted(PROJECT_HEADER));
      }
    }
  }

  private static String named(ServerWebExchange exchange, String header) {
    String value = exchange.getRequest().getHeaders().getFirst(header);
    return value == null || value.isBlank() ? null : value.strip();
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
