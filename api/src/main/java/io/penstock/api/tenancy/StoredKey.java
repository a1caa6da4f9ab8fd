package io.penstock.api.tenancy;

import java.time.Instant;
import java.util.UUID;

/**
 * A row of {@code api_keys} without its hash.
 *
 * @param tenantId null for admin keys
 * @param tenantName null for admin keys
 */
record StoredKey(
    UUID id,
    String publicId,
    String role,
    UUID tenantId,
    String tenantName,
    String name,
    String origin,
    Instant createdAt,
    Instant expiresAt,
    Instant revokedAt,
    Instant lastUsedAt) {

  String status(Instant now) {
    if (revokedAt != null) {
      return "revoked";
    }
    return expiresAt != null && !expiresAt.isAfter(now) ? "expired" : "active";
  }
}
