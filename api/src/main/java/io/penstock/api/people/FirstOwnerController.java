package io.penstock.api.people;

import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Names;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * The first person of an installation: owns its first organization and operates it. With the admin
 * key, which the first start prints, so that it is not whoever finds the server first.
 */
@RestController
class FirstOwnerController {
  private static final String FIRST_ORGANIZATION = "default";

  private final PersonStore people;
  private final Passwords passwords;
  private final MembershipStore memberships;
  private final SignIn signIn;
  private final AuditLog audit;

  FirstOwnerController(
      PersonStore people,
      Passwords passwords,
      MembershipStore memberships,
      SignIn signIn,
      AuditLog audit) {
    this.people = people;
    this.passwords = passwords;
    this.memberships = memberships;
    this.signIn = signIn;
    this.audit = audit;
  }

  /** The answer sets the session's cookie. */
  @PostMapping(path = "/auth/first-owner", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Access(Right.OPERATOR)
  @ResponseStatus(HttpStatus.CREATED)
  Mono<SessionView> create(@RequestBody NewPerson body, ServerWebExchange exchange) {
    String email = Emails.require("email", body.email());
    String name = Names.require("name", body.name());
    String password = Passwords.requireNew("password", body.password());
    return passwords
        .hash(password)
        .flatMap(hash -> audit.record(owner(email, name, hash)))
        .flatMap(person -> signIn.begin(person, exchange));
  }

  private Mono<AuditEntry.Done<Person>> owner(String email, String name, String hash) {
    return people
        .lockAndAny()
        .flatMap(
            any ->
                any
                    ? Mono.error(
                        ApiException.of(
                            HttpStatus.CONFLICT,
                            ApiException.INVALID_REQUEST,
                            "already_exists",
                            null,
                            "There are people already; an owner invites others."))
                    : people.insert(email, name, hash, true))
        .flatMap(
            person ->
                memberships
                    .organization(FIRST_ORGANIZATION, Role.OWNER)
                    .flatMap(
                        first ->
                            memberships
                                .add(first.id(), person.id(), Role.OWNER)
                                .thenReturn(
                                    new AuditEntry(
                                            first.id(),
                                            null,
                                            "user.added",
                                            person.id(),
                                            null,
                                            UserView.of(person, Role.OWNER, person.createdAt()))
                                        .with(person))));
  }

  record NewPerson(String email, String name, String password) {
    /** Without the password. */
    @Override
    public String toString() {
      return "NewPerson[email=" + email + "]";
    }
  }
}
