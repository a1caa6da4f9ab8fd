package io.penstock.api.tenancy;

import java.time.Instant;
import java.util.UUID;

/**
 * A row of {@code api_keys} without its hash.
 *
 * @param role {@code admin} for the operator's keys, {@code tenant} for all others
 * @param tenantId null for the operator's keys, as is {@code tenantName}
 * @param projectId null for keys of an organization and the operator's
 * @param owner whose key it is, for the eye
 * @param rotatedTo the key that took its place; null while none did
 */
record StoredKey(
    UUID id,
    String publicId,
    String role,
    UUID tenantId,
    String tenantName,
    UUID projectId,
    String name,
    String origin,
    KeyRestrictions restrictions,
    Owner owner,
    Instant createdAt,
    Instant expiresAt,
    Instant revokedAt,
    Instant lastUsedAt,
    UUID rotatedTo) {

  /**
   * A service account, or the person that made the key; without id when neither is known.
   *
   * @param serviceAccount whether it is a service account
   */
  record Owner(boolean serviceAccount, UUID id, String name, String email) {}

  String status(Instant now) {
    if (revokedAt != null) {
      return "revoked";
    }
    return expiresAt != null && !expiresAt.isAfter(now) ? "expired" : "active";
  }

  String redacted() {
    return ApiKey.redacted(publicId);
  }
}
