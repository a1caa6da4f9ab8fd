package io.penstock.api.platform.audit;

import java.util.UUID;

/**
 * An administrative act. What an object was and is are given as its endpoint shows it, so without
 * secrets.
 *
 * @param tenantId null for what concerns the installation
 * @param projectId null where no project is concerned
 * @param action such as {@code project.created}
 * @param objectId what was acted on
 * @param before null for what is new
 * @param after null for what is gone
 */
public record AuditEntry(
    UUID tenantId, UUID projectId, String action, Object objectId, Object before, Object after) {

  /** The end of an act: its answer and what the log says of it. */
  public record Done<T>(T answer, AuditEntry entry) {}

  /** Of something that the answer shows. */
  public <T> Done<T> with(T answer) {
    return new Done<>(answer, this);
  }
}
