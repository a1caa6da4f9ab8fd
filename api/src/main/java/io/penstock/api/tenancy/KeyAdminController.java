package io.penstock.api.tenancy;

import io.penstock.api.platform.error.ApiException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** A tenant's keys, for the operator. The secret stands in one answer only: the creation's. */
@RestController
class KeyAdminController {
  private static final long TEN_YEARS_SECONDS = 10L * 366 * 24 * 3600;

  private final TenantStore tenants;
  private final KeyStore keys;
  private final KeyHasher hasher;

  KeyAdminController(TenantStore tenants, KeyStore keys, KeyHasher hasher) {
    this.tenants = tenants;
    this.keys = keys;
    this.hasher = hasher;
  }

  @PostMapping("/admin/tenants/{tenantId}/keys")
  @ResponseStatus(HttpStatus.CREATED)
  Mono<KeyView> create(@PathVariable UUID tenantId, @RequestBody NewKey body) {
    String name = body.name() == null ? "" : body.name().strip();
    if (name.isEmpty() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
      return Mono.error(ApiException.invalid("name", "name must have 1 to 100 characters."));
    }
    Long expiresIn = body.expiresInSeconds();
    if (expiresIn != null && (expiresIn < 1 || expiresIn > TEN_YEARS_SECONDS)) {
      return Mono.error(
          ApiException.invalid(
              "expires_in_seconds",
              "expires_in_seconds must be between 1 and " + TEN_YEARS_SECONDS + "."));
    }
    Instant expiresAt = expiresIn == null ? null : Instant.now().plusSeconds(expiresIn);
    ApiKey key = ApiKey.generate(false);
    return tenants
        .find(tenantId)
        .switchIfEmpty(Mono.error(() -> TenantAdminController.noTenant(tenantId)))
        .flatMap(
            tenant ->
                keys.insert(key, hasher.hash(key), "tenant", tenant.id(), name, "admin", expiresAt))
        .map(stored -> KeyView.of(stored, key.text()));
  }

  @GetMapping("/admin/tenants/{tenantId}/keys")
  Mono<Keys> list(@PathVariable UUID tenantId) {
    return tenants
        .find(tenantId)
        .switchIfEmpty(Mono.error(() -> TenantAdminController.noTenant(tenantId)))
        .thenMany(keys.ofTenant(tenantId))
        .map(key -> KeyView.of(key, null))
        .collectList()
        .map(Keys::new);
  }

  /** The key stops working with the next request. */
  @DeleteMapping("/admin/keys/{id}")
  Mono<KeyView> revoke(@PathVariable UUID id) {
    return keys.findById(id)
        .switchIfEmpty(
            Mono.error(
                () -> ApiException.notFound("key_not_found", null, "There is no key " + id + ".")))
        .flatMap(
            key ->
                key.role().equals("admin")
                    ? Mono.error(
                        ApiException.invalid(
                            null,
                            "The admin key is replaced by setting PENSTOCK_ADMIN_KEY, not revoked."))
                    : keys.revoke(id))
        .map(key -> KeyView.of(key, null));
  }

  /**
   * @param expiresInSeconds null for never
   */
  record NewKey(String name, Long expiresInSeconds) {}

  record Keys(List<KeyView> data) {}

  /**
   * @param key the whole key, only in the answer to its creation
   * @param status active, expired or revoked
   */
  record KeyView(
      UUID id,
      UUID tenantId,
      String name,
      String redactedValue,
      @com.fasterxml.jackson.annotation.JsonInclude(
              com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL)
          String key,
      String status,
      Instant createdAt,
      Instant expiresAt,
      Instant revokedAt,
      Instant lastUsedAt) {
    static KeyView of(StoredKey stored, String key) {
      return new KeyView(
          stored.id(),
          stored.tenantId(),
          stored.name(),
          ApiKey.redacted(stored.publicId()),
          key,
          stored.status(Instant.now()),
          stored.createdAt(),
          stored.expiresAt(),
          stored.revokedAt(),
          stored.lastUsedAt());
    }
  }
}
