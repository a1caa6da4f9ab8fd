package io.penstock.api.people;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.access.KeyedHash;
import io.penstock.api.platform.access.SecurityExtension;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.ErrorWriter;
import java.net.URI;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.endpoint.WebClientReactiveAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeReactiveAuthenticationManager;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcReactiveOAuth2UserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.server.DefaultServerOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.server.OAuth2AuthorizationRequestRedirectWebFilter;
import org.springframework.security.oauth2.client.web.server.ServerOAuth2AuthorizationCodeAuthenticationTokenConverter;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.server.WebFilterExchange;
import org.springframework.security.web.server.authentication.AuthenticationWebFilter;
import org.springframework.security.web.server.util.matcher.PathPatternParserServerWebExchangeMatcher;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

/**
 * Signing in at an OpenID Connect provider, by Spring Security's client, when one is configured.
 * The provider proves an e-mail address; whom it belongs to, or is invited, is our affair.
 */
@Component
class OidcSignIn implements SecurityExtension {
  private static final Logger LOG = LoggerFactory.getLogger(OidcSignIn.class);
  private static final String REGISTRATION = "oidc";
  private static final String COME_BACK = "/login/oauth2/code/" + REGISTRATION;
  private static final Duration REGISTRATION_AGE = Duration.ofHours(1);

  private final PenstockProperties properties;
  private final PersonStore people;
  private final Invitations invitations;
  private final SignIn signIn;
  private final ErrorWriter errors;
  private final AuthorizationRequestCookie requests;
  private final Mono<ClientRegistration> registration;

  OidcSignIn(
      PenstockProperties properties,
      PersonStore people,
      Invitations invitations,
      SignIn signIn,
      ErrorWriter errors,
      KeyedHash hash,
      JsonMapper json) {
    this.properties = properties;
    this.people = people;
    this.invitations = invitations;
    this.signIn = signIn;
    this.errors = errors;
    this.requests = new AuthorizationRequestCookie(hash, json, properties.secureCookies());
    // Asked when it is first needed and not at the start, which must not depend on the provider.
    this.registration =
        Mono.fromCallable(this::discover)
            .subscribeOn(Schedulers.boundedElastic())
            .cache(_ -> REGISTRATION_AGE, _ -> Duration.ZERO, () -> Duration.ZERO);
  }

  private ClientRegistration discover() {
    return ClientRegistrations.fromIssuerLocation(properties.oidcIssuer())
        .registrationId(REGISTRATION)
        .clientId(properties.oidcClientId())
        .clientSecret(properties.oidcClientSecret())
        .redirectUri(properties.oidcRedirectUri())
        .scope("openid", "email", "profile")
        .build();
  }

  @Override
  public void addTo(ServerHttpSecurity http) {
    if (properties.oidcIssuer() == null) {
      return;
    }
    ReactiveClientRegistrationRepository registrations =
        id -> id.equals(REGISTRATION) ? registration.onErrorMap(this::away) : Mono.empty();
    DefaultServerOAuth2AuthorizationRequestResolver resolver =
        new DefaultServerOAuth2AuthorizationRequestResolver(registrations);
    OAuth2AuthorizationRequestRedirectWebFilter leave =
        new OAuth2AuthorizationRequestRedirectWebFilter(resolver);
    leave.setAuthorizationRequestRepository(requests);
    http.addFilterBefore(leave, SecurityWebFiltersOrder.AUTHENTICATION);
    http.addFilterBefore(comeBack(registrations), SecurityWebFiltersOrder.AUTHENTICATION);
  }

  private AuthenticationWebFilter comeBack(ReactiveClientRegistrationRepository registrations) {
    AuthenticationWebFilter filter =
        new AuthenticationWebFilter(
            new OidcAuthorizationCodeReactiveAuthenticationManager(
                new WebClientReactiveAuthorizationCodeTokenResponseClient(),
                new OidcReactiveOAuth2UserService()));
    ServerOAuth2AuthorizationCodeAuthenticationTokenConverter converter =
        new ServerOAuth2AuthorizationCodeAuthenticationTokenConverter(registrations);
    converter.setAuthorizationRequestRepository(requests);
    filter.setRequiresAuthenticationMatcher(
        new PathPatternParserServerWebExchangeMatcher(COME_BACK));
    filter.setServerAuthenticationConverter(
        exchange ->
            converter
                .convert(exchange)
                .onErrorMap(
                    OAuth2AuthorizationException.class,
                    e -> new OAuth2AuthenticationException(e.getError(), e)));
    filter.setAuthenticationSuccessHandler(this::proven);
    filter.setAuthenticationFailureHandler(this::failed);
    return filter;
  }

  private ApiException away(Throwable cause) {
    LOG.warn(
        "The OpenID Connect provider {} does not answer: {}",
        properties.oidcIssuer(),
        cause.toString());
    return ApiException.overloaded(
        "The sign-in provider does not answer at the moment.", Duration.ofSeconds(5));
  }

  private Mono<Void> proven(WebFilterExchange filterExchange, Authentication authentication) {
    ServerWebExchange exchange = filterExchange.getExchange();
    OidcUser user =
        (OidcUser)
            (authentication instanceof OAuth2LoginAuthenticationToken token
                ? token.getPrincipal()
                : authentication.getPrincipal());
    if (user.getEmail() == null || !Boolean.TRUE.equals(user.getEmailVerified())) {
      return Mono.error(refused("The provider does not vouch for an e-mail address of yours."));
    }
    String email = Emails.require("email", user.getEmail());
    return invitations
        .acceptAll(email, name(user, email))
        .switchIfEmpty(people.credentials(email).map(PersonStore.Credentials::person))
        .switchIfEmpty(
            Mono.error(() -> refused("Nobody invited " + email + "; ask an administrator.")))
        .flatMap(person -> signIn.begin(person, exchange))
        .then(
            Mono.fromRunnable(
                () -> {
                  exchange.getResponse().setStatusCode(HttpStatus.FOUND);
                  exchange.getResponse().getHeaders().setLocation(URI.create("/console/"));
                }));
  }

  private static String name(OidcUser user, String email) {
    String name = user.getFullName() == null ? "" : user.getFullName().strip();
    name = name.replaceAll("\\p{Cntrl}", " ");
    return name.isEmpty()
        ? email.substring(0, Math.min(100, email.length()))
        : name.substring(0, Math.min(100, name.length()));
  }

  private Mono<Void> failed(WebFilterExchange exchange, AuthenticationException error) {
    LOG.info("A sign-in by OpenID Connect failed: {}", error.getMessage());
    return errors.write(
        exchange.getExchange(), refused("Signing in at the provider did not succeed."));
  }

  private static ApiException refused(String message) {
    return ApiException.of(
        HttpStatus.FORBIDDEN, ApiException.INVALID_REQUEST, "sign_in_refused", null, message);
  }
}
