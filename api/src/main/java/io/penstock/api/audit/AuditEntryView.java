package io.penstock.api.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.api.platform.error.ApiException;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * An entry of the audit log, in OpenAI's shape with what was before and after.
 *
 * @param type such as project.created
 * @param effectiveAt seconds since 1970
 * @param project null where none is concerned
 * @param organizationId null for what concerns the installation
 * @param objectId what was acted on
 */
record AuditEntryView(
    String id,
    String object,
    String type,
    long effectiveAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) Project project,
    UUID organizationId,
    Actor actor,
    String objectId,
    JsonNode before,
    JsonNode after,
    String requestId) {
  private static final String PREFIX = "audit_log-";

  record Project(UUID id, String name) {}

  /**
   * @param type session for people, else api_key; one of the two has the rest
   */
  record Actor(
      String type,
      @JsonInclude(JsonInclude.Include.NON_NULL) Session session,
      @JsonInclude(JsonInclude.Include.NON_NULL) Key apiKey) {}

  record Session(User user, String ipAddress, String userAgent) {}

  record User(UUID id, String email) {}

  /**
   * @param type operator for the installation's admin key, organization for others
   */
  record Key(UUID id, String type, String name, String ipAddress) {}

  static AuditEntryView of(AuditStore.Entry entry) {
    return new AuditEntryView(
        PREFIX + entry.id(),
        "organization.audit_log",
        entry.action(),
        entry.at().getEpochSecond(),
        entry.projectId() == null ? null : new Project(entry.projectId(), entry.projectName()),
        entry.tenantId(),
        actor(entry),
        entry.objectId(),
        entry.before(),
        entry.after(),
        entry.requestId());
  }

  private static Actor actor(AuditStore.Entry entry) {
    return entry.actorKind().equals("person")
        ? new Actor(
            "session",
            new Session(
                new User(entry.actorId(), entry.actorName()), entry.address(), entry.userAgent()),
            null)
        : new Actor(
            "api_key",
            null,
            new Key(
                entry.actorId(),
                entry.actorKind().equals("operator") ? "operator" : "organization",
                entry.actorName(),
                entry.address()));
  }

  /**
   * @throws ApiException 400 when it is no id
   */
  static long number(String id) {
    if (!id.matches(PREFIX + "[0-9]{1,18}")) {
      throw ApiException.invalid("after", "after must be the last_id of the page before.");
    }
    return Long.parseLong(id.substring(PREFIX.length()));
  }
}
