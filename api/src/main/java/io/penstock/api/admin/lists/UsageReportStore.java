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

  /** Hours of a time, added up by group and bucket. */
  private static final String HOURS =
      """
      select u.%1$s::text as id, %2$s as bucket, %3$s from usage_hourly u
      where u.hour >= %4$s and u.hour < %5$s and {where} group by u.%1$s, 2
      """;

  /** Closed days of all organizations, which are added up by group already. */
  private static final String DAYS_OF_ALL =
      """
      select u.id, %2$s as bucket, %3$s from usage_by_day_and_group u
      where u.grouped_by = '%1$s' and u.day >= :first and u.day < (select until from last)
      """;

  private static final String DAYS =
      """
      select u.%1$s::text as id, %2$s as bucket, %3$s from usage_by_day u
      where u.day >= :first and u.day < (select until from last) and {where} group by u.%1$s, 2
      """;

  /** The groups that cost most, and their buckets: charts show few of many. */
  private static final String REPORT =
      """
      with last as materialized (
        select greatest(:first, least(:last, until)) as until from usage_days_closed
      ), sums as materialized (
        %1$s
      ), top as (
        select id, row_number() over (order by cost desc, tokens desc, id) as place
        from (
          select id, sum(amount_micros) as cost, sum(prompt_tokens + completion_tokens) as tokens
          from sums group by id
        ) as groups
        order by place limit :limit
      )
      select cast(0 as bigint) as place, null as id, null as name, null as tenant,
        cast(null as timestamptz) as bucket, %2$s
      from sums
      union all
      select top.place, top.id, coalesce(n.name, top.id), n.tenant, s.bucket, %2$s
      from top join sums s on s.id = top.id left join (%3$s) as n on n.id = top.id
      group by top.place, top.id, n.name, n.tenant, s.bucket
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
    String sql =
        REPORT.formatted(
            source(query), eachSum("coalesce(sum(%1$s), 0)::bigint as %1$s"), query.group().names);
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
        .map(
            rows ->
                new UsageReportController.Report(
                    rows.getFirst().sums(), rows.subList(1, rows.size())));
  }

  /** Hours, or the hours before and after whole days that are added up already. */
  private static String source(Query query) {
    String group = query.group().column;
    String sums = eachSum("sum(u.%1$s)::bigint as %1$s");
    boolean one = query.bucket().equals("all");
    String none = "cast(null as timestamptz)";
    if (query.bucket().equals("hour")) {
      return HOURS.formatted(group, "u.hour", sums, ":start", ":end");
    }
    String hours =
        HOURS.formatted(
            group,
            one ? none : "date_bin('1 day', u.hour, '1970-01-01 00:00:00Z')",
            sums,
            "%s",
            "%s");
    boolean ofAll = query.tenantId() == null && query.tenant().isBlank() && query.model().isBlank();
    String day = one ? none : "u.day";
    String days =
        ofAll
            ? DAYS_OF_ALL.formatted(query.group().word(), day, eachSum("u.%1$s"))
            : DAYS.formatted(group, day, sums);
    return String.join(
        " union all ",
        hours.formatted(":start", ":first"),
        days,
        hours.formatted("(select until from last)", ":end"));
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
