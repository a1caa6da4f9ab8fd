package io.penstock.api.admin.lists;

import io.penstock.api.platform.database.SelectQuery;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Adds the hours and days of all organizations up. */
@Component
class UsageReportStore {
  /** In the order of their columns. */
  private static final List<String> SUMS =
      List.of(
          "requests",
          "prompt_tokens",
          "cached_tokens",
          "completion_tokens",
          "compute_us",
          "amount_micros");

  private static final String HOURS =
      """
      select * from usage_hourly u where u.hour >= :start and u.hour < :end and {where}
      """;

  /** Whole days that are added up already, and the hours before and after them. */
  private static final String DAYS =
      """
      select u.day as hour, u.* from usage_by_day u
      where u.day >= :first and u.day < (select until from last) and {where}
      union all
      select u.hour, u.hour, %1$s from usage_hourly u
      where u.hour >= :start and u.hour < :first and {where}
      union all
      select u.hour, u.hour, %1$s from usage_hourly u
      where u.hour >= (select until from last) and u.hour < :end and {where}
      """
          .formatted(
              "u.tenant_id, u.project_id, u.api_key_id, u.model, u.service_tier, u."
                  + String.join(", u.", SUMS));

  /** One pass over all; then the groups that cost most, and their buckets: charts show few of many. */
  private static final String REPORT =
      """
      with last as materialized (
        select greatest(:first, least(:last, until)) as until from usage_days_closed
      ), sums as materialized (
        select %1$s as id, %2$s as bucket, %3$s from (%4$s) as u group by 1, 2
      ), top as (
        select id, row_number() over (order by cost desc, tokens desc, id) as place
        from (
          select id, sum(amount_micros) as cost, sum(prompt_tokens + completion_tokens) as tokens
          from sums group by id
        ) as groups
        order by place limit :limit
      )
      select cast(0 as bigint) as place, null as id, null as name, null as tenant,
        cast(null as timestamptz) as bucket, %5$s
      from sums
      union all
      select top.place, s.id::text, coalesce(n.name, s.id::text), n.tenant, s.bucket, %6$s
      from sums s join top on top.id = s.id left join (%7$s) as n on n.id = s.id
      order by place, bucket
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
          row.get("amount_micros", Long.class));
    }
  }

  /**
   * @param bucket its beginning; null when all is one
   * @param tenant whose it is, of a project or key
   */
  record Row(String id, String name, String tenant, Instant bucket, Sums sums) {}

  /** The groups that cost most, and the sum of all. */
  Mono<UsageReportController.Report> report(Query query) {
    boolean byHour = query.bucket().equals("hour");
    String bucket =
        switch (query.bucket()) {
          case "hour" -> "u.hour";
          case "day" -> "date_bin('1 day', u.hour, '1970-01-01 00:00:00Z')";
          default -> "cast(null as timestamptz)";
        };
    String sql =
        REPORT.formatted(
            query.group().column,
            bucket,
            eachSum("sum(u.%1$s)::bigint as %1$s"),
            byHour ? HOURS : DAYS,
            eachSum("coalesce(sum(%1$s), 0)::bigint as %1$s"),
            eachSum("s.%1$s"),
            query.group().names);
    Instant first = ceiling(query.start());
    Instant last = query.end().truncatedTo(ChronoUnit.DAYS);
    SelectQuery select =
        new SelectQuery(sql)
            .and("u.tenant_id = :tenantId", "tenantId", query.tenantId())
            .and(
                "u.tenant_id = (select id from tenants where name = :tenant)",
                "tenant",
                query.tenant().isBlank() ? null : query.tenant())
            .and("u.model = :model", "model", query.model().isBlank() ? null : query.model())
            .bind("start", query.start())
            .bind("end", query.end())
            .bind("first", first.isAfter(query.end()) ? query.end() : first)
            .bind("last", last)
            .bind("limit", query.limit());
    return select
        .on(database)
        .map(
            row ->
                new Row(
                    row.get("id", String.class),
                    row.get("name", String.class),
                    row.get("tenant", String.class),
                    row.get("bucket", Instant.class),
                    Sums.of(row)))
        .all()
        .collectList()
        .map(rows -> new UsageReportController.Report(rows.getFirst().sums(), rows.subList(1, rows.size())));
  }

  private static String eachSum(String expression) {
    return SUMS.stream().map(expression::formatted).collect(Collectors.joining(", "));
  }

  /** The first midnight of UTC that is not before. */
  private static Instant ceiling(Instant at) {
    Instant midnight = at.truncatedTo(ChronoUnit.DAYS);
    return midnight.equals(at) ? midnight : midnight.plus(1, ChronoUnit.DAYS);
  }
}
