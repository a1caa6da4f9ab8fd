package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.error.ApiException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Proves {@code Authorization: Bearer KEY} on the routes that need a key. */
final class BearerKeyFilter implements WebFilter {
  private static final String SCHEME = "bearer ";

  private final ServerWebExchangeMatcher guarded;
  private final KeyAuthenticator authenticator;

  BearerKeyFilter(ServerWebExchangeMatcher guarded, KeyAuthenticator authenticator) {
    this.guarded = guarded;
    this.authenticator = authenticator;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    return guarded
        .matches(exchange)
        .flatMap(
            match ->
                match.isMatch()
                    ? authenticator.authenticate(key(exchange)).map(BearerKeyFilter::token)
                    : Mono.<Authentication>empty())
        .map(ReactiveSecurityContextHolder::withAuthentication)
        .singleOptional()
        .flatMap(
            context ->
                context.isPresent()
                    ? chain.filter(exchange).contextWrite(context.get())
                    : chain.filter(exchange));
  }

  private static String key(ServerWebExchange exchange) {
    String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    if (header == null || header.isBlank()) {
      throw ApiException.unauthorized(
          "invalid_api_key",
          "You didn't provide an API key. Provide it in the Authorization header: 'Authorization: Bearer YOUR_KEY'.");
    }
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        || header.substring(SCHEME.length()).isBlank()) {
      throw ApiException.unauthorized(
          "invalid_api_key",
          "The Authorization header is malformed; it must read 'Authorization: Bearer YOUR_KEY'.");
    }
    return header.substring(SCHEME.length()).strip();
  }

  private static Authentication token(Caller caller) {
    String role =
        switch (caller) {
          case Caller.Admin _ -> "ROLE_ADMIN";
          case Caller.Tenant _ -> "ROLE_TENANT";
          case Caller.Member _, Caller.Person _ -> "ROLE_MEMBER";
        };
    return UsernamePasswordAuthenticationToken.authenticated(
        caller, null, AuthorityUtils.createAuthorityList(role));
  }
}
