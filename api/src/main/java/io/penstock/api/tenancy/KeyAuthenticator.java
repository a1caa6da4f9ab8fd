package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Caller.Actor;
import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.error.ApiException;
import io.r2dbc.spi.R2dbcException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** From a key's text to who it is from. */
@Component
class KeyAuthenticator {
  private final KeyCache keys;
  private final KeyHasher hasher;
  private final LastUsed lastUsed;
  private final Clock clock = Clock.systemUTC();

  KeyAuthenticator(KeyCache keys, KeyHasher hasher, LastUsed lastUsed) {
    this.keys = keys;
    this.hasher = hasher;
    this.lastUsed = lastUsed;
  }

  /**
   * @param address of the client; null when it is not known
   */
  Mono<Caller> authenticate(String text, InetAddress address) {
    ApiKey key = ApiKey.of(text, hasher);
    return keys.find(key.publicId())
        .onErrorMap(KeyAuthenticator::isDatabase, KeyAuthenticator::unavailable)
        .filter(candidate -> hasher.matches(key, candidate.hash()))
        .switchIfEmpty(
            Mono.error(
                () ->
                    refused(
                        "invalid_api_key",
                        "Incorrect API key provided. Ask your administrator for a key.")))
        .map(candidate -> caller(candidate, address));
  }

  private static boolean isDatabase(Throwable error) {
    return error instanceof DataAccessException
        || error instanceof R2dbcException
        || error instanceof TimeoutException;
  }

  private static ApiException unavailable(Throwable cause) {
    return ApiException.overloaded(
        "API keys cannot be checked at the moment.", Duration.ofSeconds(1));
  }

  private Caller caller(Candidate candidate, InetAddress address) {
    StoredKey key = candidate.key();
    requireUsable(candidate);
    if (!key.restrictions().allows(address)) {
      throw refused(
          "ip_not_authorized",
          "The API key %s may not be used from %s."
              .formatted(key.redacted(), address == null ? "here" : address.getHostAddress()));
    }
    lastUsed.at(key.id(), clock.instant());
    return caller(candidate);
  }

  /** Whose key it is, if it may be used now, from wherever. */
  Caller holder(Candidate candidate) {
    requireUsable(candidate);
    return caller(candidate);
  }

  private void requireUsable(Candidate candidate) {
    StoredKey key = candidate.key();
    Instant now = clock.instant();
    switch (key.status(now)) {
      case "revoked" ->
          throw refused("invalid_api_key", "The API key " + key.redacted() + " has been revoked.");
      case "expired" ->
          throw refused("invalid_api_key", "The API key " + key.redacted() + " has expired.");
      default -> {}
    }
    if (!candidate.usable()) {
      throw refused(
          "invalid_api_key",
          "The organization or the project of the API key %s is not active."
              .formatted(key.redacted()));
    }
  }

  private static Caller caller(Candidate candidate) {
    StoredKey key = candidate.key();
    if (key.role().equals("admin")) {
      return new Caller.Admin(new Actor(Actor.Kind.OPERATOR, key.id(), key.name()));
    }
    if (key.projectId() == null) {
      return new Caller.Member(
          key.tenantId(),
          key.tenantName(),
          candidate.timeZone(),
          new Actor(Actor.Kind.API_KEY, key.id(), key.name()),
          candidate.rights().has(Scope.ADMIN) ? Role.OWNER : Role.VIEWER,
          candidate.rights());
    }
    return new Caller.Tenant(
        key.tenantId(),
        key.tenantName(),
        key.projectId(),
        key.id(),
        candidate.plan(),
        candidate.timeZone(),
        candidate.rights(),
        candidate.keepsPrompts());
  }

  private static ApiException refused(String code, String message) {
    return ApiException.unauthorized(code, message);
  }
}
