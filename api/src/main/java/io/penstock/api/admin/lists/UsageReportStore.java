package io.penstock.api.admin.lists;

import io.penstock.api.platform.database.SelectQuery;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Adds the hours of all organizations up. */
@Component
class UsageReportStore {
  private static final String SUMS =
      """
      coalesce(sum(u.requests), 0)::bigint as requests,
      coalesce(sum(u.prompt_tokens), 0)::bigint as prompt_tokens,
      coalesce(sum(u.cached_tokens), 0)::bigint as cached_tokens,
      coalesce(sum(u.completion_tokens), 0)::bigint as completion_tokens,
      coalesce(sum(u.compute_us), 0)::bigint as compute_us,
      coalesce(sum(u.amount_micros), 0)::bigint as cost
      """;

  /** The groups that cost most, then their buckets: a chart shows few of many. */
  private static final String ROWS =
      """
      with u as materialized (select u.*, %1$s as id from usage_hourly u where {where}),
      top as (
        select id, sum(amount_micros) as cost, sum(prompt_tokens + completion_tokens) as tokens
        from u group by id order by 2 desc, 3 desc, 1 limit :limit
      ), sums as (
        select u.id, %2$s as bucket, %3$s
        from u join top on top.id = u.id group by 1, 2
      )
      select s.*, coalesce(t.name, p.name, k.name, s.id) as name, coalesce(pt.name, kt.name) as tenant
      from sums s join top on top.id = s.id
      left join tenants t on t.id::text = s.id
      left join projects p on p.id::text = s.id left join tenants pt on pt.id = p.tenant_id
      left join api_keys k on k.id::text = s.id left join tenants kt on kt.id = k.tenant_id
      order by top.cost desc, top.tokens desc, s.id, s.bucket
      """;

  private final DatabaseClient database;

  UsageReportStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * @param tenantId the only organization; null for all
   * @param tenant name of the only organization; empty for all, as {@code model}
   */
  record Query(
      UUID tenantId,
      Instant start,
      Instant end,
      UsageReportController.Group group,
      String bucket,
      String tenant,
      String model,
      int limit) {}

  /** Sums, as the ledger has them: tokens, microseconds of the device, micro-units of money. */
  record Sums(
      long requests,
      long promptTokens,
      long cachedTokens,
      long completionTokens,
      long computeUs,
      long costMicros) {
    static Sums of(Readable row) {
      return new Sums(
          row.get("requests", Long.class),
          row.get("prompt_tokens", Long.class),
          row.get("cached_tokens", Long.class),
          row.get("completion_tokens", Long.class),
          row.get("compute_us", Long.class),
          row.get("cost", Long.class));
    }
  }

  /**
   * @param bucket its beginning; null when all is one
   * @param tenant whose it is, of a project or key
   */
  record Row(String id, String name, String tenant, Instant bucket, Sums sums) {}

  Flux<Row> rows(Query query) {
    String bucket =
        query.bucket().equals("all")
            ? "cast(null as timestamptz)"
            : "date_trunc('%s', u.hour, 'UTC')".formatted(query.bucket());
    return filtered(ROWS.formatted(query.group().expression, bucket, SUMS), query)
        .bind("limit", query.limit())
        .on(database)
        .map(
            row ->
                new Row(
                    row.get("id", String.class),
                    row.get("name", String.class),
                    row.get("tenant", String.class),
                    row.get("bucket", Instant.class),
                    Sums.of(row)))
        .all();
  }

  Mono<Sums> total(Query query) {
    return filtered("select " + SUMS + " from usage_hourly u where {where}", query)
        .on(database)
        .map(Sums::of)
        .one();
  }

  private static SelectQuery filtered(String sql, Query query) {
    return new SelectQuery(sql)
        .and("u.tenant_id = :tenantId", "tenantId", query.tenantId())
        .and("u.hour >= :start", "start", query.start())
        .and("u.hour < :end", "end", query.end())
        .and(
            "u.tenant_id = (select id from tenants where name = :tenant)",
            "tenant",
            query.tenant().isBlank() ? null : query.tenant())
        .and("u.model = :model", "model", query.model().isBlank() ? null : query.model());
  }
}
