package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller.Actor;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What is done to keys, each act with its entry in the audit log. */
@Component
class KeyActs {
  static final String CREATED = "api_key.created";
  static final String UPDATED = "api_key.updated";
  static final String DELETED = "api_key.deleted";
  static final String ROTATED = "api_key.rotated";

  private final KeyStore keys;
  private final KeyHasher hasher;
  private final KeyCache cache;
  private final AuditLog audit;

  KeyActs(KeyStore keys, KeyHasher hasher, KeyCache cache, AuditLog audit) {
    this.keys = keys;
    this.hasher = hasher;
    this.cache = cache;
    this.audit = audit;
  }

  /** A new key and its text, which is shown this once. */
  record Made(StoredKey key, String text) {}

  /**
   * Where a new key belongs.
   *
   * @param projectId null for a key of the organization
   * @param serviceAccountId null for none
   * @param actor who makes it
   */
  record Home(UUID tenantId, UUID projectId, UUID serviceAccountId, Actor actor) {}

  Mono<Made> create(Home home, String name, KeyRestrictions restrictions, Instant expiresAt) {
    return audit.record(
        insert(home, name, restrictions, expiresAt)
            .map(made -> entry(CREATED, made.key, null, KeySummary.of(made.key)).with(made)));
  }

  /** Without an entry of its own, as a part of another act. */
  Mono<Made> insert(Home home, String name, KeyRestrictions restrictions, Instant expiresAt) {
    ApiKey key = ApiKey.generate(home.projectId == null);
    return keys.insert(
            new KeyStore.NewKey(
                key,
                hasher.hash(key),
                home.tenantId,
                home.projectId,
                name,
                "admin",
                restrictions,
                expiresAt,
                home.serviceAccountId,
                home.actor.kind() == Actor.Kind.PERSON && home.serviceAccountId == null
                    ? home.actor.id()
                    : null))
        .map(stored -> new Made(stored, key.text()));
  }

  /**
   * @param found the key; what it gives when it is empty stands in it
   */
  Mono<StoredKey> revoke(Mono<StoredKey> found) {
    return audit
        .record(
            found.flatMap(
                key ->
                    keys.revoke(key.id())
                        .map(
                            after ->
                                entry(DELETED, key, KeySummary.of(key), KeySummary.of(after))
                                    .with(after))))
        .doOnNext(key -> cache.forget(key.publicId()));
  }

  Mono<StoredKey> change(
      Mono<StoredKey> found,
      java.util.function.UnaryOperator<KeyRestrictions> restrictions,
      String name) {
    return audit
        .record(
            found.flatMap(
                key ->
                    keys.change(
                            key.id(),
                            name == null ? key.name() : name,
                            restrictions.apply(key.restrictions()))
                        .map(
                            after ->
                                entry(UPDATED, key, KeySummary.of(key), KeySummary.of(after))
                                    .with(after))))
        .doOnNext(key -> cache.forget(key.publicId()));
  }

  /** A successor with the same restrictions; the old key ends after the overlap. */
  Mono<Made> rotate(Mono<StoredKey> found, Duration overlap, Actor actor) {
    return audit
        .record(found.flatMap(key -> rotated(key, overlap, actor)))
        .doOnNext(both -> cache.forget(both.old.publicId()))
        .map(Both::successor);
  }

  private record Both(StoredKey old, Made successor) {}

  private Mono<AuditEntry.Done<Both>> rotated(StoredKey key, Duration overlap, Actor actor) {
    Instant now = Instant.now();
    if (key.rotatedTo() != null || !key.status(now).equals("active")) {
      return Mono.error(
          ApiException.of(
              HttpStatus.CONFLICT,
              ApiException.INVALID_REQUEST,
              "key_not_active",
              null,
              "Only an active key that was not rotated yet can be rotated."));
    }
    UUID account = key.owner().serviceAccount() ? key.owner().id() : null;
    Home home = new Home(key.tenantId(), key.projectId(), account, actor);
    return insert(home, key.name(), key.restrictions(), key.expiresAt())
        .flatMap(
            made ->
                keys.rotated(key.id(), made.key.id(), now.plus(overlap))
                    .map(
                        old ->
                            entry(ROTATED, old, KeySummary.of(key), KeySummary.of(old))
                                .with(new Both(old, made))));
  }

  private static AuditEntry entry(String action, StoredKey key, Object before, Object after) {
    return new AuditEntry(key.tenantId(), key.projectId(), action, key.id(), before, after);
  }
}
