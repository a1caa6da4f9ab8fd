package io.penstock.api.usage.report;

import io.penstock.api.platform.error.ApiException;
import io.penstock.api.usage.UsageKind;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Adds up what was used, bucket by bucket: from the hours' sums, or by the minute from requests.
 */
@Component
class ReportStore {
  /** Results of a page: where groups are many it has fewer buckets. */
  static final int MOST_RESULTS = 5000;

  private static final String FROM_HOURS =
      """
      (select hour as at, project_id, api_key_id, model, service_tier, operation, requests,
         prompt_tokens, cached_tokens, completion_tokens, compute_us, amount_micros
       from usage_hourly
       where tenant_id = :tenant and hour >= :start and hour < :end)
      """;

  private static final String FROM_REQUESTS =
      """
      (select settled_at as at, project_id, api_key_id, model, service_tier,
         %s as operation, 1 as requests,
         prompt_tokens, cached_tokens, completion_tokens, compute_us, cost_micros as amount_micros
       from usage_records
       where tenant_id = :tenant and settled_at >= :start and settled_at < :end)
      """
          .formatted(UsageKind.OF_ROW);

  private final DatabaseClient database;

  ReportStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * What one group used in one bucket.
   *
   * @param groups values of what was grouped by; others are missing
   */
  record Result(
      Instant bucket,
      Map<Grouping, Object> groups,
      long requests,
      long promptTokens,
      long cachedTokens,
      long completionTokens,
      long computeUs,
      long amountMicros) {}

  /**
   * A page.
   *
   * @param buckets all of them by their beginnings, empty ones too
   * @param next beginning of the next page; null on the last
   */
  record Page(Map<Instant, List<Result>> buckets, Instant next) {}

  Mono<Page> page(ReportQuery query) {
    return rows(query).collectList().map(rows -> page(query, rows));
  }

  private Flux<Result> rows(ReportQuery query) {
    List<Grouping> groups =
        query.groups().stream().filter(group -> group.expression() != null).toList();
    String columns =
        groups.stream()
            .map(group -> ", %s as %s".formatted(group.expression(), group.text()))
            .collect(Collectors.joining());
    String positions =
        Stream.iterate(1, i -> i + 1)
            .limit(groups.size() + 1L)
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    String sql =
        """
        select date_trunc('%s', at, 'UTC') as bucket%s,
          sum(requests)::bigint as requests, sum(prompt_tokens)::bigint as prompt_tokens,
          sum(cached_tokens)::bigint as cached_tokens,
          sum(completion_tokens)::bigint as completion_tokens,
          sum(compute_us)::bigint as compute_us, sum(amount_micros)::bigint as amount_micros
        from %s as u
        where true%s
        group by %s order by %s limit %d
        """
            .formatted(
                query.width().unit(),
                columns,
                query.width() == BucketWidth.MINUTE ? FROM_REQUESTS : FROM_HOURS,
                filters(query),
                positions,
                positions,
                MOST_RESULTS + 1);
    DatabaseClient.GenericExecuteSpec statement =
        database
            .sql(sql)
            .bind("tenant", query.tenantId())
            .bind("start", query.start())
            .bind("end", query.pageEnd());
    if (query.projects() != null) {
      statement = statement.bind("projects", query.projects().toArray(UUID[]::new));
    }
    if (query.keys() != null) {
      statement = statement.bind("keys", query.keys().toArray(UUID[]::new));
    }
    if (query.models() != null) {
      statement = statement.bind("models", query.models().toArray(String[]::new));
    }
    if (query.operation() != null) {
      statement = statement.bind("operation", query.operation().text());
    }
    if (query.batch() != null) {
      statement = statement.bind("batch", query.batch());
    }
    return statement.map(row -> result(row, groups)).all();
  }

  private static String filters(ReportQuery query) {
    return (query.projects() == null ? "" : " and project_id = any(:projects)")
        + (query.keys() == null ? "" : " and api_key_id = any(:keys)")
        + (query.models() == null ? "" : " and model = any(:models)")
        + (query.operation() == null ? "" : " and operation = :operation")
        + (query.batch() == null ? "" : " and (service_tier = 'batch') = :batch")
        + (query.noUser() ? " and false" : "");
  }

  private static Result result(Readable row, List<Grouping> groups) {
    Map<Grouping, Object> values = new LinkedHashMap<>();
    groups.forEach(group -> values.put(group, row.get(group.text())));
    return new Result(
        row.get("bucket", Instant.class),
        values,
        row.get("requests", Long.class),
        row.get("prompt_tokens", Long.class),
        row.get("cached_tokens", Long.class),
        row.get("completion_tokens", Long.class),
        row.get("compute_us", Long.class),
        row.get("amount_micros", Long.class));
  }

  /** What did not fit, its last bucket included, is for the next page. */
  private static Page page(ReportQuery query, List<Result> rows) {
    Instant end = query.pageEnd();
    boolean cut = rows.size() > MOST_RESULTS;
    if (cut) {
      end = rows.getLast().bucket();
      if (end.equals(query.start())) {
        throw ApiException.invalid(
            "group_by",
            "A bucket has more than %d groups; group by less, or filter.".formatted(MOST_RESULTS));
      }
    }
    Map<Instant, List<Result>> buckets =
        rows.stream().collect(Collectors.groupingBy(Result::bucket));
    Map<Instant, List<Result>> all = new LinkedHashMap<>();
    for (Instant at = query.start(); at.isBefore(end); at = query.width().plus(at, 1)) {
      all.put(at, buckets.getOrDefault(at, List.of()));
    }
    return new Page(all, cut || query.hasMore() ? end : null);
  }
}
