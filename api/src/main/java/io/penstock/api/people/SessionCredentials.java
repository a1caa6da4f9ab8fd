package io.penstock.api.people;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.Credentials;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import java.util.List;
import java.util.Set;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The cookie of a person that is signed in. A key in the same request goes first. */
@Component
@Order(1)
final class SessionCredentials implements Credentials {
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final Sessions sessions;
  private final MembershipStore memberships;

  SessionCredentials(Sessions sessions, MembershipStore memberships) {
    this.sessions = sessions;
    this.memberships = memberships;
  }

  @Override
  public boolean present(ServerWebExchange exchange) {
    return Sessions.token(exchange) != null;
  }

  @Override
  public Mono<Caller> check(ServerWebExchange exchange, Right right) {
    String token = Sessions.token(exchange);
    return sessions
        .find(token)
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.unauthorized(
                        "session_expired", "You are not signed in any more.")))
        .doOnNext(_ -> requireOurOrigin(exchange, token))
        .flatMap(session -> caller(session.person(), exchange, right));
  }

  private void requireOurOrigin(ServerWebExchange exchange, String token) {
    String header = exchange.getRequest().getHeaders().getFirst(Sessions.CSRF_HEADER);
    if (!SAFE.contains(exchange.getRequest().getMethod())
        && !sessions.provesOrigin(token, header)) {
      throw ApiException.of(
          HttpStatus.FORBIDDEN,
          ApiException.INVALID_REQUEST,
          "csrf_token_invalid",
          null,
          "Requests of a session must carry its csrf_token in the header X-CSRF-Token.");
    }
  }

  private Mono<Caller> caller(Person person, ServerWebExchange exchange, Right right) {
    if (right != null && right.least() != null) {
      return inOrganization(
          person, exchange.getRequest().getHeaders().getFirst(ORGANIZATION_HEADER));
    }
    return Mono.just(
        person.operator() && right != Right.SELF
            ? new Caller.Admin(person.actor())
            : new Caller.Person(person.actor(), person.operator()));
  }

  private Mono<Caller> inOrganization(Person person, String named) {
    return memberships
        .of(person.id())
        .collectList()
        .flatMap(
            all ->
                named == null || named.isBlank()
                    ? Mono.just(theOnly(person, all))
                    : named(person, named.strip(), all));
  }

  private static Caller theOnly(Person person, List<MembershipStore.Organization> all) {
    return all.size() == 1
        ? member(person, all.getFirst())
        : new Caller.Person(person.actor(), person.operator());
  }

  private Mono<Caller> named(Person person, String named, List<MembershipStore.Organization> all) {
    Mono<MembershipStore.Organization> own =
        Mono.justOrEmpty(
            all.stream()
                .filter(o -> o.name().equals(named) || o.id().toString().equals(named))
                .findFirst());
    return (person.operator()
            ? memberships.organization(named, Role.OWNER).switchIfEmpty(own)
            : own)
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.notFound(
                        "organization_not_found",
                        ORGANIZATION_HEADER,
                        "There is no such organization.")))
        .map(organization -> member(person, organization));
  }

  private static Caller member(Person person, MembershipStore.Organization organization) {
    if (!organization.active() && !person.operator()) {
      throw SignIn.suspended("The organization " + organization.name() + " is suspended");
    }
    return new Caller.Member(
        organization.id(),
        organization.name(),
        organization.zone(),
        person.actor(),
        organization.role(),
        null);
  }
}
