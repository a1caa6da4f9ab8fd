package io.penstock.api.alerts;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A row of {@code webhooks}; the columns are explained in its migration.
 *
 * @param rotatedAt null when its secret is the first
 */
record Webhook(
    UUID id,
    UUID tenantId,
    String url,
    String description,
    List<String> events,
    int secretVersion,
    Instant rotatedAt,
    String status,
    Instant createdAt) {

  /** Kinds of events that a webhook may want. A test comes whatever it wants. */
  static final List<String> EVENTS = List.of("budget.alert", "invoice.created");

  static final String TEST = "webhook.test";

  static Webhook of(Readable row) {
    return new Webhook(
        row.get("id", UUID.class),
        row.get("tenant_id", UUID.class),
        row.get("url", String.class),
        row.get("description", String.class),
        List.of(row.get("events", String[].class)),
        row.get("secret_version", Integer.class),
        row.get("rotated_at", Instant.class),
        row.get("status", String.class),
        row.get("created_at", Instant.class));
  }
}
