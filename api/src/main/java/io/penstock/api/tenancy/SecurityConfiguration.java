package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.ErrorWriter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.CsrfSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.FormLoginSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HeaderSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HttpBasicSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.LogoutSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.RequestCacheSpec;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedHandler;
import org.springframework.security.web.server.firewall.StrictServerWebExchangeFirewall;
import org.springframework.security.web.server.util.matcher.OrServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.PathPatternParserServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Which routes need which key. Nothing is kept between requests: no session, no cookie. */
@Configuration(proxyBeanMethods = false)
@EnableWebFluxSecurity
class SecurityConfiguration {
  private static final String[] OF_TENANTS = {"/v1/**", "/tokenize", "/detokenize"};
  private static final String OF_ADMINS = "/admin/**";

  @Bean
  SecurityWebFilterChain security(
      ServerHttpSecurity http, KeyAuthenticator authenticator, ErrorWriter errors) {
    ServerWebExchangeMatcher guarded =
        new OrServerWebExchangeMatcher(
            java.util.stream.Stream.concat(
                    java.util.Arrays.stream(OF_TENANTS), java.util.stream.Stream.of(OF_ADMINS))
                .<ServerWebExchangeMatcher>map(PathPatternParserServerWebExchangeMatcher::new)
                .toList());
    return http.csrf(CsrfSpec::disable) // a bearer key is never sent by a browser on its own
        .httpBasic(HttpBasicSpec::disable)
        .formLogin(FormLoginSpec::disable)
        .logout(LogoutSpec::disable)
        .headers(HeaderSpec::disable) // ours are set for every response, errors included
        .requestCache(RequestCacheSpec::disable)
        .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
        .addFilterAt(
            new BearerKeyFilter(guarded, authenticator), SecurityWebFiltersOrder.AUTHENTICATION)
        .addFilterAfter(
            (exchange, chain) ->
                organization(exchange).then(Mono.defer(() -> chain.filter(exchange))),
            SecurityWebFiltersOrder.AUTHENTICATION)
        .authorizeExchange(
            routes ->
                routes
                    .pathMatchers(OF_TENANTS)
                    .hasRole("TENANT")
                    .pathMatchers(OF_ADMINS)
                    .hasRole("ADMIN")
                    .anyExchange()
                    .permitAll())
        .exceptionHandling(
            handling ->
                handling.accessDeniedHandler(
                    (exchange, _) -> errors.write(exchange, wrongKind(exchange))))
        .build();
  }

  private static Mono<Void> organization(ServerWebExchange exchange) {
    return ReactiveSecurityContextHolder.getContext()
        .doOnNext(
            context -> {
              if (context.getAuthentication() != null
                  && context.getAuthentication().getPrincipal() instanceof Caller.Tenant tenant) {
                exchange.getResponse().getHeaders().set("openai-organization", tenant.tenantName());
              }
            })
        .then();
  }

  private static ApiException wrongKind(ServerWebExchange exchange) {
    boolean admin = exchange.getRequest().getPath().value().startsWith("/admin");
    return ApiException.of(
        HttpStatus.FORBIDDEN,
        ApiException.INVALID_REQUEST,
        "insufficient_permissions",
        null,
        admin
            ? "This needs an admin key; an API key of a tenant calls models."
            : "This needs an API key of a tenant; the admin key manages tenants and keys.");
  }

  /** Model ids contain slashes, which clients escape in paths. */
  @Bean
  StrictServerWebExchangeFirewall firewall() {
    StrictServerWebExchangeFirewall firewall = new StrictServerWebExchangeFirewall();
    firewall.setAllowUrlEncodedSlash(true);
    firewall.setAllowUrlEncodedDoubleSlash(true);
    firewall.setAllowUrlEncodedPercent(true);
    return firewall;
  }

  @Bean
  ServerExchangeRejectedHandler rejectedRequests(ErrorWriter errors) {
    return (exchange, rejected) ->
        errors.write(
            exchange,
            ApiException.invalid(null, "The request was refused: " + rejected.getMessage()));
  }
}
