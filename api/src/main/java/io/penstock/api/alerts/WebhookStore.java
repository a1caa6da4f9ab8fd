package io.penstock.api.alerts;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Webhooks of tenants. */
@Component
class WebhookStore {
  /** More than these are of no use to a tenant, and every event goes to all of them. */
  static final int MOST = 10;

  private static final String INSERT =
      """
      insert into webhooks (tenant_id, url, description, events)
      select :tenant, :url, :description, :events
      where (select count(*) from webhooks where tenant_id = :tenant) < :most
      returning *
      """;

  private static final String PAGE =
      """
      select * from webhooks where tenant_id = :tenant and (created_at, id) > (
        coalesce((select created_at from webhooks where id = :after and tenant_id = :tenant),
          '-infinity'), :after)
      order by created_at, id limit :limit
      """;

  private static final UUID NONE = new UUID(0, 0);

  private final DatabaseClient database;

  WebhookStore(DatabaseClient database) {
    this.database = database;
  }

  /** Empty when the tenant has as many as it may. */
  Mono<Webhook> insert(UUID tenant, String url, String description, List<String> events) {
    return database
        .sql(INSERT)
        .bind("tenant", tenant)
        .bind("url", url)
        .bind("description", description)
        .bind("events", events.toArray(String[]::new))
        .bind("most", MOST)
        .map(Webhook::of)
        .one();
  }

  Flux<Webhook> page(UUID tenant, UUID after, int limit) {
    return database
        .sql(PAGE)
        .bind("tenant", tenant)
        .bind("after", after == null ? NONE : after)
        .bind("limit", limit)
        .map(Webhook::of)
        .all();
  }

  /** Kept from change until the transaction ends, if there is one. */
  Mono<Webhook> find(UUID tenant, UUID id) {
    return database
        .sql("select * from webhooks where tenant_id = :tenant and id = :id for no key update")
        .bind("tenant", tenant)
        .bind("id", id)
        .map(Webhook::of)
        .one();
  }

  /** What is disabled gets nothing any more, not even what already waits for it. */
  Mono<Webhook> update(Webhook webhook) {
    return database
        .sql(
            """
            with given_up as (
              update webhook_deliveries set given_up_at = now(), last_error = 'webhook disabled'
              where webhook_id = :id and :status = 'disabled' and delivered_at is null
                and given_up_at is null
            )
            update webhooks set url = :url, description = :description, events = :events,
              status = :status
            where id = :id returning *
            """)
        .bind("id", webhook.id())
        .bind("url", webhook.url())
        .bind("description", webhook.description())
        .bind("events", webhook.events().toArray(String[]::new))
        .bind("status", webhook.status())
        .map(Webhook::of)
        .one();
  }

  Mono<Webhook> rotate(UUID id) {
    return database
        .sql(
            "update webhooks set secret_version = secret_version + 1, rotated_at = now() where id = :id returning *")
        .bind("id", id)
        .map(Webhook::of)
        .one();
  }

  Mono<Void> delete(UUID id) {
    return database.sql("delete from webhooks where id = :id").bind("id", id).then();
  }

  /** Newest first. */
  Flux<Delivery> deliveries(UUID webhook, long before, int limit) {
    return database
        .sql(
            """
            select d.*, o.kind, o.created_at from webhook_deliveries d
            join outbox o on o.id = d.outbox_id
            where d.webhook_id = :webhook and d.outbox_id < :before
            order by d.outbox_id desc limit :limit
            """)
        .bind("webhook", webhook)
        .bind("before", before)
        .bind("limit", limit)
        .map(
            row ->
                new Delivery(
                    row.get("outbox_id", Long.class),
                    row.get("kind", String.class),
                    row.get("created_at", Instant.class),
                    row.get("attempts", Integer.class),
                    row.get("due_at", Instant.class),
                    row.get("delivered_at", Instant.class),
                    row.get("given_up_at", Instant.class),
                    row.get("last_status", Integer.class),
                    row.get("last_error", String.class)))
        .all();
  }

  /** An event's way to a webhook; the columns are explained in the migration. */
  record Delivery(
      long event,
      String kind,
      Instant createdAt,
      int attempts,
      Instant dueAt,
      Instant deliveredAt,
      Instant givenUpAt,
      Integer lastStatus,
      String lastError) {}
}
