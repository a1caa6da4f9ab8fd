package io.penstock.api.people;

import io.penstock.api.platform.access.ClientAddress;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.net.InetAddress;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** From an address and a password to a session. */
@Component
class SignIn {
  private final PersonStore people;
  private final Passwords passwords;
  private final SignInAttempts attempts;
  private final Sessions sessions;
  private final MembershipStore memberships;
  private final ClientAddress addresses;
  private final AuditLog audit;

  SignIn(
      PersonStore people,
      Passwords passwords,
      SignInAttempts attempts,
      Sessions sessions,
      MembershipStore memberships,
      ClientAddress addresses,
      AuditLog audit) {
    this.people = people;
    this.passwords = passwords;
    this.attempts = attempts;
    this.sessions = sessions;
    this.memberships = memberships;
    this.addresses = addresses;
    this.audit = audit;
  }

  /** Who has this password; an error, 401, when it is nobody, and 429 for who guesses. */
  Mono<Person> prove(String email, String password, ServerWebExchange exchange) {
    InetAddress address = addresses.of(exchange.getRequest());
    return attempts
        .begin(email, address == null ? null : address.getHostAddress())
        .flatMap(
            attempt ->
                people
                    .credentials(email)
                    .singleOptional()
                    .flatMap(
                        found ->
                            passwords
                                .matches(
                                    password, found.flatMap(PersonStore.Credentials::passwordHash))
                                .filter(Boolean::booleanValue)
                                .map(_ -> found.orElseThrow().person()))
                    .flatMap(person -> attempts.succeeded(attempt).thenReturn(person)))
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.unauthorized(
                        "invalid_credentials", "The e-mail address or the password is wrong.")));
  }

  /** Begins a session of somebody who proved to be the person. */
  Mono<SessionView> begin(Person person, ServerWebExchange exchange) {
    return audit
        .recordAs(
            person.actor(),
            sessions
                .begin(person, exchange)
                .map(
                    session ->
                        new AuditEntry(null, null, "login.succeeded", person.id(), null, null)
                            .with(session)))
        .flatMap(this::view);
  }

  Mono<SessionView> view(Sessions.Session session) {
    return memberships
        .of(session.person().id())
        .collectList()
        .map(all -> SessionView.of(session, all));
  }
}
