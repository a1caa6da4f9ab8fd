package io.penstock.api.platform.access;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.error.ApiException;
import java.net.InetAddress;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Lets a request pass to its endpoint when its caller has the right that the endpoint asks for.
 * Part of the security chain, not a filter of its own.
 */
@Component
final class AccessFilter {
  private final EndpointRules rules;
  private final List<Credentials> credentials;
  private final ClientAddress addresses;

  AccessFilter(EndpointRules rules, List<Credentials> credentials, ClientAddress addresses) {
    this.rules = rules;
    this.credentials = List.copyOf(credentials);
    this.addresses = addresses;
  }

  Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    Right known = rules.known(exchange);
    return known != null ? asked(known, exchange, chain) : looked(exchange, chain);
  }

  private Mono<Void> asked(Right right, ServerWebExchange exchange, WebFilterChain chain) {
    if (right == Right.PUBLIC) {
      return chain
          .filter(exchange)
          .contextWrite(context -> context.put(RequestOrigin.class, origin(exchange)));
    }
    return caller(exchange, right)
        .flatMap(
            caller -> {
              Permission.require(right, caller);
              return passAs(caller, exchange, chain);
            });
  }

  private Mono<Void> looked(ServerWebExchange exchange, WebFilterChain chain) {
    return rules
        .of(exchange)
        .flatMap(
            rule ->
                switch (rule) {
                  case EndpointRules.Rule.Asks(Right right) -> asked(right, exchange, chain);
                  case EndpointRules.Rule.Unruled _ ->
                      Mono.error(
                          Permission.refused("There is no rule that lets anybody call this."));
                  case EndpointRules.Rule.Nothing(boolean guarded) when guarded ->
                      caller(exchange, null).flatMap(caller -> passAs(caller, exchange, chain));
                  case EndpointRules.Rule.Nothing _ -> chain.filter(exchange);
                });
  }

  private Mono<Caller> caller(ServerWebExchange exchange, Right right) {
    for (Credentials kind : credentials) {
      if (kind.present(exchange)) {
        return kind.check(exchange, right);
      }
    }
    return Mono.error(
        ApiException.unauthorized(
            "invalid_api_key",
            "You didn't provide an API key. Provide it in the Authorization header: 'Authorization: Bearer YOUR_KEY'."));
  }

  private Mono<Void> passAs(Caller caller, ServerWebExchange exchange, WebFilterChain chain) {
    if (caller instanceof Caller.OfTenant of) {
      HttpHeaders headers = exchange.getResponse().getHeaders();
      headers.set("openai-organization", of.tenantName());
      if (of.projectId() != null) {
        headers.set("openai-project", of.projectId().toString());
      }
    }
    Context known =
        ReactiveSecurityContextHolder.withAuthentication(
            UsernamePasswordAuthenticationToken.authenticated(caller, null, List.of()));
    // Keys of projects administer nothing, and their requests are those that must be fast.
    Context all =
        caller instanceof Caller.Tenant ? known : known.put(RequestOrigin.class, origin(exchange));
    return chain.filter(exchange).contextWrite(context -> context.putAll(all.readOnly()));
  }

  private RequestOrigin origin(ServerWebExchange exchange) {
    InetAddress address = addresses.of(exchange.getRequest());
    return new RequestOrigin(
        RequestContext.of(exchange).requestId(),
        address == null ? null : address.getHostAddress(),
        exchange.getRequest().getHeaders().getFirst(HttpHeaders.USER_AGENT));
  }
}
