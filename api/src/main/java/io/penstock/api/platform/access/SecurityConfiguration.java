package io.penstock.api.platform.access;

import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.ErrorWriter;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.CsrfSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.FormLoginSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HeaderSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HttpBasicSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.LogoutSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.RequestCacheSpec;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedHandler;
import org.springframework.security.web.server.firewall.StrictServerWebExchangeFirewall;

/** Every request passes {@link AccessFilter}, which decides; Spring Security holds the result. */
@Configuration(proxyBeanMethods = false)
@EnableWebFluxSecurity
class SecurityConfiguration {

  @Bean
  SecurityWebFilterChain security(
      ServerHttpSecurity http, AccessFilter access, List<SecurityExtension> extensions) {
    extensions.forEach(extension -> extension.addTo(http));
    return http.csrf(CsrfSpec::disable) // sessions check a token of their own, keys need none
        .httpBasic(HttpBasicSpec::disable)
        .formLogin(FormLoginSpec::disable)
        .logout(LogoutSpec::disable)
        .headers(HeaderSpec::disable) // ours are set for every response, errors included
        .requestCache(RequestCacheSpec::disable)
        .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
        .addFilterAt(access::filter, SecurityWebFiltersOrder.AUTHENTICATION)
        .build();
  }

  /**
   * Requests are observed as wholes: to observe each filter as well takes more than the filters do.
   */
  @Bean
  SecurityObservationSettings observations() {
    return SecurityObservationSettings.noObservations();
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
