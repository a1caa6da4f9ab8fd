package io.penstock.api.tenancy;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A key as the audit log shows it: nothing of its secret. */
record KeySummary(
    UUID id,
    UUID projectId,
    String name,
    String redactedValue,
    String status,
    List<String> scopes,
    List<String> allowedModels,
    List<String> deniedModels,
    List<String> allowedCidrs,
    Instant expiresAt,
    UUID rotatedTo) {

  static KeySummary of(StoredKey key) {
    KeyRestrictions restrictions = key.restrictions();
    return new KeySummary(
        key.id(),
        key.projectId(),
        key.name(),
        key.redacted(),
        key.status(Instant.now()),
        restrictions.scopeNames(),
        restrictions.allowedModels(),
        restrictions.deniedModels(),
        restrictions.cidrTexts(),
        key.expiresAt(),
        key.rotatedTo());
  }
}
