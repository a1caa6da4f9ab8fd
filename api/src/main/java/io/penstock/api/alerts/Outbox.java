package io.penstock.api.alerts;

import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The outbox and what of it is still to be delivered. */
@Component
class Outbox {
  /** Tried at the same time for one webhook: one that does not answer must not hold up others. */
  private static final int AT_ONCE = 2;

  /**
   * Takes deliveries for a while: who takes them must be done by then, or another tries too. Counts
   * the attempt before it is made, so that a server that dies of it does not try for ever.
   */
  private static final String TAKE =
      """
      with due as (
        select d.outbox_id, d.webhook_id
        from webhooks w
        cross join lateral (
          select * from webhook_deliveries
          where webhook_id = w.id and delivered_at is null and given_up_at is null
            and due_at <= now()
          order by due_at limit :atOnce for update skip locked
        ) as d
        where w.status = 'active'
        limit :most
      ), taken as (
        update webhook_deliveries d
        set attempts = d.attempts + 1, due_at = now() + :lease * interval '1 second'
        from due where d.outbox_id = due.outbox_id and d.webhook_id = due.webhook_id
        returning d.*
      )
      select t.outbox_id, t.attempts, o.kind, o.payload::text as payload, o.created_at as happened,
        w.*
      from taken t join outbox o on o.id = t.outbox_id join webhooks w on w.id = t.webhook_id
      """;

  private static final String DONE =
      """
      update webhook_deliveries
      set delivered_at = now(), last_status = :status, last_error = null
      where outbox_id = :event and webhook_id = :webhook
      """;

  private static final String FAILED =
      """
      update webhook_deliveries
      set last_status = :status, last_error = :error,
        due_at = now() + :wait * interval '1 second',
        given_up_at = case when :wait < 0 then now() end
      where outbox_id = :event and webhook_id = :webhook and delivered_at is null
      """;

  /** What has been told, or cannot be told any more, is kept for a while. */
  private static final String FORGET =
      """
      delete from outbox where id in (
        select o.id from outbox o
        where o.created_at < now() - interval '90 days'
          and not exists (
            select 1 from webhook_deliveries d
            where d.outbox_id = o.id and d.delivered_at is null and d.given_up_at is null)
        order by o.created_at limit 1000)
      """;

  private final DatabaseClient database;

  Outbox(DatabaseClient database) {
    this.database = database;
  }

  /**
   * An event on its way to one webhook.
   *
   * @param attempt from 1
   * @param payload JSON
   */
  record Delivery(
      long event, int attempt, String kind, String payload, Instant happened, Webhook webhook) {
    /** As the receiver sees it: the same for every attempt. */
    String id() {
      return "evt_" + event;
    }

    private static Delivery of(Readable row) {
      return new Delivery(
          row.get("outbox_id", Long.class),
          row.get("attempts", Integer.class),
          row.get("kind", String.class),
          row.get("payload", String.class),
          row.get("happened", Instant.class),
          Webhook.of(row));
    }
  }

  Flux<Delivery> take(int most, Duration lease) {
    return database
        .sql(TAKE)
        .bind("atOnce", AT_ONCE)
        .bind("most", most)
        .bind("lease", lease.toSeconds())
        .map(Delivery::of)
        .all();
  }

  Mono<Void> delivered(Delivery delivery, int status) {
    return database
        .sql(DONE)
        .bind("status", status)
        .bind("event", delivery.event())
        .bind("webhook", delivery.webhook().id())
        .then();
  }

  /**
   * @param status of the answer, or null
   * @param next when it is tried again; null for never
   */
  Mono<Void> failed(Delivery delivery, Integer status, String error, Duration next) {
    DatabaseClient.GenericExecuteSpec statement =
        database
            .sql(FAILED)
            .bind("error", error)
            .bind("wait", next == null ? -1 : next.toSeconds())
            .bind("event", delivery.event())
            .bind("webhook", delivery.webhook().id());
    return (status == null
            ? statement.bindNull("status", Integer.class)
            : statement.bind("status", status))
        .then();
  }

  /**
   * A test for one webhook.
   *
   * @return the event's id; empty when there are too many on their way already
   */
  Mono<Long> test(Webhook webhook, int most) {
    return database
        .sql(
            """
            insert into outbox (tenant_id, kind, dedup_key, payload)
            select :tenant, 'webhook.test', 'test:' || gen_random_uuid(),
              jsonb_build_object('webhook_id', cast(:webhook as text))
            where (
              select count(*) from webhook_deliveries
              where webhook_id = :webhook and delivered_at is null and given_up_at is null
            ) < :most
            returning id
            """)
        .bind("tenant", webhook.tenantId())
        .bind("webhook", webhook.id())
        .bind("most", most)
        .map(row -> row.get("id", Long.class))
        .one();
  }

  Mono<Long> forget() {
    return database.sql(FORGET).fetch().rowsUpdated();
  }
}
