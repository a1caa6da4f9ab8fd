package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Caller.Actor.Kind;
import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.error.ApiException;
import java.time.Clock;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * From a key's text to who it is from. Asks the database each time, so that a revoked key stops
 * working with the next request on every replica; the lookup is one indexed read.
 */
@Component
class KeyAuthenticator {
  private final KeyStore keys;
  private final KeyHasher hasher;
  private final LastUsed lastUsed;
  private final Clock clock = Clock.systemUTC();

  KeyAuthenticator(KeyStore keys, KeyHasher hasher, LastUsed lastUsed) {
    this.keys = keys;
    this.hasher = hasher;
    this.lastUsed = lastUsed;
  }

  Mono<Caller> authenticate(String text) {
    ApiKey key = ApiKey.of(text, hasher);
    return keys.find(key.publicId())
        .filter(candidate -> hasher.matches(key, candidate.hash()))
        .switchIfEmpty(
            Mono.error(
                () -> refused("Incorrect API key provided. Ask your administrator for a key.")))
        .map(this::caller);
  }

  private Caller caller(KeyStore.Candidate candidate) {
    StoredKey key = candidate.key();
    switch (key.status(clock.instant())) {
      case "revoked" ->
          throw refused("The API key " + ApiKey.redacted(key.publicId()) + " has been revoked.");
      case "expired" ->
          throw refused("The API key " + ApiKey.redacted(key.publicId()) + " has expired.");
      default -> lastUsed.at(key.id(), clock.instant());
    }
    KeyStore.Terms terms = candidate.terms();
    if (!terms.usable()) {
      throw refused("The organization or project of this API key is not active.");
    }
    if (key.role().equals("admin")) {
      return new Caller.Admin(new Caller.Actor(Kind.OPERATOR, key.id(), key.name()));
    }
    if (terms.projectId() == null) {
      return new Caller.Member(
          key.tenantId(),
          key.tenantName(),
          terms.timeZone(),
          new Caller.Actor(Kind.API_KEY, key.id(), key.name()),
          terms.rights().has(Scope.ADMIN) ? Role.OWNER : Role.VIEWER,
          terms.rights());
    }
    return new Caller.Tenant(
        key.tenantId(),
        key.tenantName(),
        terms.projectId(),
        key.id(),
        candidate.plan(),
        terms.timeZone(),
        terms.rights());
  }

  private static ApiException refused(String message) {
    return ApiException.unauthorized("invalid_api_key", message);
  }
}
