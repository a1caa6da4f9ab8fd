package io.penstock.api.people;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Names;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Signing in and out, and a person's own password. */
@RestController
@RequestMapping("/auth")
class SessionController {
  private final SignIn signIn;
  private final Sessions sessions;
  private final PersonStore people;
  private final Passwords passwords;
  private final AuditLog audit;

  SessionController(
      SignIn signIn, Sessions sessions, PersonStore people, Passwords passwords, AuditLog audit) {
    this.signIn = signIn;
    this.sessions = sessions;
    this.people = people;
    this.passwords = passwords;
    this.audit = audit;
  }

  /** The answer sets the session's cookie. JSON only, which no form of another site can send. */
  @PostMapping(path = "/sign-in", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Access(Right.PUBLIC)
  Mono<SessionView> signIn(@RequestBody Given body, ServerWebExchange exchange) {
    String email = Emails.require("email", body.email());
    if (body.password() == null) {
      return Mono.error(ApiException.invalid("password", "password is missing."));
    }
    return signIn
        .prove(email, body.password(), exchange)
        .flatMap(person -> signIn.begin(person, exchange));
  }

  /** Who is signed in. */
  @GetMapping("/session")
  @Access(Right.SELF)
  Mono<SessionView> session(ServerWebExchange exchange) {
    return sessions.find(Sessions.token(exchange)).flatMap(signIn::view);
  }

  /** Changes how the person is called; the e-mail address stays. */
  @PostMapping(path = "/profile", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Access(Right.SELF)
  Mono<SessionView> changeProfile(@RequestBody Profile body, ServerWebExchange exchange) {
    Profile profile = new Profile(Names.require("name", body.name()));
    return sessions
        .find(Sessions.token(exchange))
        .flatMap(
            session ->
                audit.record(
                    people
                        .rename(session.person().id(), profile.name())
                        .then(
                            Mono.fromSupplier(
                                () ->
                                    new AuditEntry(
                                            null,
                                            null,
                                            "user.profile.changed",
                                            session.person().id(),
                                            new Profile(session.person().name()),
                                            profile)
                                        .with(profile)))))
        .then(Mono.defer(() -> session(exchange)));
  }

  @PostMapping("/sign-out")
  @Access(Right.SELF)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> signOut(ServerWebExchange exchange) {
    return sessions.end(exchange);
  }

  /** Ends all other sessions of the person; the answer sets a new cookie. */
  @PostMapping(path = "/password", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Access(Right.SELF)
  Mono<SessionView> changePassword(
      @RequestBody PasswordChange body,
      @AuthenticationPrincipal Caller.Person caller,
      ServerWebExchange exchange) {
    String next = Passwords.requireNew("new_password", body.newPassword());
    return signIn
        .prove(caller.actor().name(), body.currentPassword(), exchange)
        .flatMap(
            person ->
                passwords
                    .hash(next)
                    .flatMap(
                        hash ->
                            audit.record(
                                people
                                    .changePassword(person.id(), hash)
                                    .then(sessions.endAll(person.id()))
                                    .then(
                                        Mono.fromSupplier(
                                            () ->
                                                new AuditEntry(
                                                        null,
                                                        null,
                                                        "user.password.changed",
                                                        person.id(),
                                                        null,
                                                        null)
                                                    .with(person))))))
        .flatMap(person -> signIn.begin(person, exchange));
  }

  record Given(String email, String password) {
    /** Without the password. */
    @Override
    public String toString() {
      return "Given[email=" + email + "]";
    }
  }

  /**
   * @param name how the person is called
   */
  record Profile(String name) {}

  record PasswordChange(String currentPassword, String newPassword) {
    @Override
    public String toString() {
      return "PasswordChange[]";
    }
  }
}
