package io.penstock.api.people;

import io.penstock.api.platform.access.ClientAddress;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpStatus;
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
        .onErrorResume(
            SignInAttempts.LockedOut.class,
            locked ->
                (locked.isNew() ? failed(email, "login.locked_out", null) : Mono.<Void>empty())
                    .then(Mono.error(locked.answer())))
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
            Mono.defer(() -> failed(email, "login.failed", "invalid_credentials"))
                .then(
                    Mono.error(
                        () ->
                            ApiException.unauthorized(
                                "invalid_credentials",
                                "The e-mail address or the password is wrong."))));
  }

  /**
   * Names the person that it was tried for, if there is one; never what was typed, which may be a
   * password in the wrong field.
   */
  private Mono<Void> failed(String email, String action, String code) {
    return people
        .credentials(email)
        .map(found -> Optional.of(found.person().id()))
        .defaultIfEmpty(Optional.empty())
        .flatMap(
            id ->
                audit.record(
                    Mono.fromSupplier(
                        () ->
                            new AuditEntry(
                                    null,
                                    null,
                                    action,
                                    id.orElse(null),
                                    null,
                                    code == null ? null : Map.of("error_code", code))
                                .with(action))))
        .then();
  }

  static ApiException suspended(String what) {
    return ApiException.of(
        HttpStatus.FORBIDDEN,
        ApiException.INVALID_REQUEST,
        "organization_suspended",
        null,
        what + ". Please ask whoever operates this installation.");
  }

  /**
   * Begins a session of somebody who proved to be the person; an error, 403, when all organizations
   * of the person are suspended.
   */
  Mono<SessionView> begin(Person person, ServerWebExchange exchange) {
    return memberships
        .of(person.id())
        .collectList()
        .doOnNext(all -> requireActive(person, all))
        .flatMap(_ -> session(person, exchange))
        .flatMap(this::view);
  }

  private static void requireActive(Person person, List<MembershipStore.Organization> all) {
    if (!person.operator()
        && !all.isEmpty()
        && all.stream().noneMatch(MembershipStore.Organization::active)) {
      throw suspended(
          all.size() == 1
              ? "The organization " + all.getFirst().name() + " is suspended"
              : "All of your organizations are suspended");
    }
  }

  private Mono<Sessions.Session> session(Person person, ServerWebExchange exchange) {
    return audit.recordAs(
        person.actor(),
        sessions
            .begin(person, exchange)
            .map(
                session ->
                    new AuditEntry(null, null, "login.succeeded", person.id(), null, null)
                        .with(session)));
  }

  Mono<SessionView> view(Sessions.Session session) {
    return memberships
        .of(session.person().id())
        .collectList()
        .map(all -> SessionView.of(session, all));
  }
}
