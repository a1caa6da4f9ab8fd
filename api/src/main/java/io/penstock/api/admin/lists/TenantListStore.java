package io.penstock.api.admin.lists;

import io.penstock.api.platform.database.SelectQuery;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Organizations and the sums of their month. */
@Component
class TenantListStore {
  private static final String ROWS =
      """
      select t.id, t.name, t.plan, t.time_zone, t.status, t.created_at, p.weight,
        coalesce(m.requests, 0)::bigint as requests, coalesce(m.tokens, 0)::bigint as tokens,
        coalesce(m.cost, 0)::bigint as cost, coalesce(c.running, 0)::bigint as running,
        (select count(*) from api_keys k where k.tenant_id = t.id and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > now())) as keys
      from tenants t
      join plans p on p.name = t.plan
      left join (
        select tenant_id, sum(requests) as requests, sum(prompt_tokens + completion_tokens) as tokens,
          sum(amount_micros) as cost
        from usage_daily where day >= date_trunc('month', now() at time zone 'UTC')::date
        group by tenant_id
      ) as m on m.tenant_id = t.id
      left join counters c on c.scope = 'organization' and c.scope_id = t.id and c.model = ''
      where {where}
      order by %s, t.name
      limit :limit offset :offset
      """;

  private final DatabaseClient database;

  TenantListStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * An organization and what it uses.
   *
   * @param weight of its plan
   * @param requests of this month, as {@code tokens} and {@code costMicros}
   * @param running requests that run or wait now, on all servers
   * @param keys that work
   */
  record Listed(
      UUID id,
      String name,
      String plan,
      String timeZone,
      String status,
      Instant createdAt,
      double weight,
      long requests,
      long tokens,
      long costMicros,
      long running,
      long keys) {}

  Flux<Listed> page(String q, String plan, String status, String sort, int offset, int limit) {
    String order =
        switch (sort) {
          case "cost" -> "m.cost desc nulls last";
          case "tokens" -> "m.tokens desc nulls last";
          default -> "t.name";
        };
    return filtered(ROWS.formatted(order), q, plan, status)
        .bind("offset", offset)
        .bind("limit", limit)
        .on(database)
        .map(
            row ->
                new Listed(
                    row.get("id", UUID.class),
                    row.get("name", String.class),
                    row.get("plan", String.class),
                    row.get("time_zone", String.class),
                    row.get("status", String.class),
                    row.get("created_at", Instant.class),
                    row.get("weight", Double.class),
                    row.get("requests", Long.class),
                    row.get("tokens", Long.class),
                    row.get("cost", Long.class),
                    row.get("running", Long.class),
                    row.get("keys", Long.class)))
        .all();
  }

  Mono<Long> count(String q, String plan, String status) {
    return filtered("select count(*) as count from tenants t where {where}", q, plan, status)
        .on(database)
        .map(row -> row.get("count", Long.class))
        .one();
  }

  private static SelectQuery filtered(String sql, String q, String plan, String status) {
    return new SelectQuery(sql)
        .and("position(:q in t.name) > 0", "q", orNull(q))
        .and("t.plan = :plan", "plan", orNull(plan))
        .and("t.status = :status", "status", orNull(status));
  }

  private static String orNull(String text) {
    return text.isBlank() ? null : text.strip();
  }
}
