package io.penstock.api.tenancy;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A key of a project or an organization, in OpenAI's shape and with what restricts it.
 *
 * @param value the whole key, only in the answer to its creation
 * @param createdAt seconds since 1970, as the other times
 * @param status active or expired; revoked only in the answer to that
 * @param rotatedTo the key that takes its place
 */
record ApiKeyView(
    String object,
    UUID id,
    String name,
    String redactedValue,
    @JsonInclude(JsonInclude.Include.NON_NULL) String value,
    long createdAt,
    Long lastUsedAt,
    Long expiresAt,
    String status,
    List<String> scopes,
    List<String> allowedModels,
    List<String> deniedModels,
    List<String> allowedCidrs,
    UUID rotatedTo,
    Owner owner) {

  /** Whose key it is: one of the two is null. */
  record Owner(String type, Person user, Account serviceAccount) {}

  /** A person; without id when it is not known who made the key. */
  record Person(String object, UUID id, String name, String email) {}

  /** A service account. */
  record Account(String object, UUID id, String name) {}

  static ApiKeyView of(StoredKey key) {
    return of(key, null);
  }

  static ApiKeyView of(KeyActs.Made made) {
    return of(made.key(), made.text());
  }

  private static ApiKeyView of(StoredKey key, String value) {
    KeyRestrictions restrictions = key.restrictions();
    return new ApiKeyView(
        key.projectId() == null ? "organization.admin_api_key" : "organization.project.api_key",
        key.id(),
        key.name(),
        key.redacted(),
        value,
        key.createdAt().getEpochSecond(),
        seconds(key.lastUsedAt()),
        seconds(key.expiresAt()),
        key.status(Instant.now()),
        restrictions.scopeNames(),
        restrictions.allowedModels(),
        restrictions.deniedModels(),
        restrictions.cidrTexts(),
        key.rotatedTo(),
        owner(key.owner()));
  }

  private static Owner owner(StoredKey.Owner owner) {
    return owner.serviceAccount()
        ? new Owner(
            "service_account",
            null,
            new Account("organization.project.service_account", owner.id(), owner.name()))
        : new Owner(
            "user", new Person("organization.user", owner.id(), owner.name(), owner.email()), null);
  }

  private static Long seconds(Instant time) {
    return time == null ? null : time.getEpochSecond();
  }
}
