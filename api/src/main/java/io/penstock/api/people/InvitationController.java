package io.penstock.api.people;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.ClientAddress;
import io.penstock.api.platform.access.KeyedHash;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Names;
import java.net.InetAddress;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Accepting an invitation. */
@RestController
class InvitationController {
  private final Invitations invitations;
  private final Passwords passwords;
  private final SignInAttempts attempts;
  private final SignIn signIn;
  private final KeyedHash hash;
  private final ClientAddress addresses;

  InvitationController(
      Invitations invitations,
      Passwords passwords,
      SignInAttempts attempts,
      SignIn signIn,
      KeyedHash hash,
      ClientAddress addresses) {
    this.invitations = invitations;
    this.passwords = passwords;
    this.attempts = attempts;
    this.signIn = signIn;
    this.hash = hash;
    this.addresses = addresses;
  }

  /**
   * Who is new gets an account with this name and password, and is signed in: 201. Who has an
   * account joins the organization and signs in as ever: 200 without session.
   */
  @PostMapping(path = "/auth/accept-invite", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Access(Right.PUBLIC)
  Mono<ResponseEntity<SessionView>> accept(
      @RequestBody Acceptance body, ServerWebExchange exchange) {
    if (body.token() == null || !body.token().matches("[A-Za-z0-9_-]{43}")) {
      return Mono.error(noInvite());
    }
    String name = Names.require("name", body.name());
    String password = Passwords.requireNew("password", body.password());
    InetAddress address = addresses.of(exchange.getRequest());
    return attempts
        .begin("invitation " + body.token(), address == null ? null : address.getHostAddress())
        .onErrorMap(SignInAttempts.LockedOut.class, SignInAttempts.LockedOut::answer)
        .flatMap(
            attempt ->
                passwords
                    .hash(password)
                    .flatMap(
                        passwordHash ->
                            invitations.accept(
                                hash.of(InviteController.HASH, body.token()), name, passwordHash))
                    .flatMap(accepted -> attempts.succeeded(attempt).thenReturn(accepted)))
        .switchIfEmpty(Mono.error(InvitationController::noInvite))
        .flatMap(accepted -> answer(accepted, exchange));
  }

  private Mono<ResponseEntity<SessionView>> answer(
      Invitations.Accepted accepted, ServerWebExchange exchange) {
    return accepted.isNew()
        ? signIn
            .begin(accepted.person(), exchange)
            .map(view -> ResponseEntity.status(HttpStatus.CREATED).body(view))
        : Mono.just(ResponseEntity.ok().build());
  }

  private static ApiException noInvite() {
    return ApiException.notFound(
        "invite_not_found", "token", "There is no such invitation, or it has ended.");
  }

  record Acceptance(String token, String name, String password) {
    /** Without its secrets. */
    @Override
    public String toString() {
      return "Acceptance[name=" + name + "]";
    }
  }
}
