package io.penstock.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Tenant;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

/**
 * Lists over more requests than one look goes through: a hundred thousand in the last ten days, one
 * in five thousand of them failed, and two tenants.
 */
@TestInstance(Lifecycle.PER_CLASS)
class LongListsTest {
  private static final int REQUESTS = 100_000;
  private static final int FAILED = REQUESTS / 5_000;

  private TestServer server;
  private Tenant big;
  private Tenant small;

  @BeforeAll
  void fill() {
    server = TestServer.withFakeEngine();
    big = server.newTenant();
    small = server.newTenant();
    sql(
        """
        insert into usage_records (request_id, tenant_id, api_key_id, project_id, model, endpoint,
          streamed, choices, prompt_tokens, cached_tokens, completion_tokens, finish_reason, queued_us,
          total_us, created_at, service_tier, compute_us, settled_at, cost_micros)
        select 'req_' || s, k.tenant_id, k.id, k.project_id, 'fake-model', '/v1/completions', false, 1,
          s %% 100, 0, s %% 7, case when s %% 5000 = 0 then 'error' else 'stop' end, 0, 1, at, 'default',
          s %% 11, at, s %% 13
        from (
          select s, now() - interval '10 days' * (1 - s / 100000.0) as at
          from generate_series(1, %d) as s
        ) as n
        join api_keys k on k.tenant_id = case when s %% 1000 = 7 then '%s'::uuid else '%s'::uuid end
        """
            .formatted(REQUESTS, small.id(), big.id()));
    sql(
        """
        insert into usage_hourly
        select tenant_id, date_trunc('hour', settled_at, 'UTC'), project_id, api_key_id, model,
          service_tier, count(*), sum(prompt_tokens), 0, sum(completion_tokens), sum(compute_us),
          sum(cost_micros), 'completions'
        from usage_records group by 1, 2, 3, 4, 5, 6
        """);
    sql("analyze");
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private void sql(String statement) {
    server.bean(DatabaseClient.class).sql(statement).then().block();
  }

  private JsonNode get(String path) {
    TestServer.Answer answer = server.get(path, TestServer.ADMIN_KEY);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  /** Ids of all pages, in their order. */
  private List<String> all(String path) {
    List<String> ids = new ArrayList<>();
    JsonNode page = get(path);
    while (true) {
      page.path("data").forEach(r -> ids.add(r.path("id").asString()));
      if (!page.path("has_more").asBoolean()) {
        return ids;
      }
      page = get(path + "&before=" + page.path("next_before").asLong());
    }
  }

  @Test
  void whatFewRequestsMatchIsFoundOnceHoweverFarBack() {
    List<String> failed = all("/admin/requests?limit=7&status=error");

    assertThat(failed).hasSize(FAILED).doesNotHaveDuplicates();
    assertThat(failed.getFirst()).isEqualTo("req_" + REQUESTS);
    assertThat(failed.getLast()).isEqualTo("req_5000");
    assertThat(all("/admin/requests?tier=batch")).isEmpty();
    assertThat(all("/admin/requests?limit=50&tenant=" + small.name())).hasSize(REQUESTS / 1000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&status=error"})
  void aTimeIsNoWiderThanAsked(String filter) {
    long end = Instant.now().minus(4, ChronoUnit.DAYS).getEpochSecond();
    long start = end - 86_400;

    List<Instant> times = new ArrayList<>();
    get("/admin/requests?limit=200&start_time=" + start + "&end_time=" + end + filter)
        .path("data")
        .forEach(r -> times.add(Instant.parse(r.path("settled_at").asString())));

    assertThat(times)
        .hasSize(filter.isEmpty() ? 200 : 2)
        .allMatch(t -> t.getEpochSecond() >= start && t.getEpochSecond() < end);
  }

  /** Of what comes by bucket: some groups, and all others together. */
  private static long byBucket(JsonNode report, String sum) {
    long all = 0;
    for (JsonNode row : report.path("rows")) {
      all += row.path("bucket").isNull() ? 0 : row.path("sums").path(sum).asLong();
    }
    for (JsonNode other : report.path("others")) {
      all += other.path("sums").path(sum).asLong();
    }
    return all;
  }

  /** Closed days, hours at the edges, and what a late server books into a day that is closed. */
  @ParameterizedTest
  @CsvSource({
    "tenant, day, 500",
    "tenant, day, 1",
    "key, day, 0",
    "key, all, 500",
    "model, day, 2",
    "project, hour, 500",
    "project, hour, 1",
    "tier, all, 1"
  })
  void reportsAreExactWhetherDaysAreClosedOrNot(String group, String bucket, int series) {
    sql("select close_usage_days(now() - interval '3 hours')::text");
    sql(
        """
        update usage_hourly set requests = requests + 1, prompt_tokens = prompt_tokens + 1000
        where tenant_id = '%s' and hour = (select min(hour) from usage_hourly)
        """
            .formatted(big.id()));
    sql(
        """
        insert into usage_hourly
        select tenant_id, hour, project_id, api_key_id, 'late-' || gen_random_uuid(), service_tier, 1, 2, 0, 3, 4, 5, 'completions'
        from usage_hourly where tenant_id = '%s' order by hour limit 1
        """
            .formatted(small.id()));
    long now = Instant.now().getEpochSecond();
    for (long start :
        List.of(now - 5 * 86_400 - 1234, now - 3600, now - 30 * 86_400, now - 200_000)) {
      JsonNode report =
          get(
              "/admin/usage/report?limit=500&start_time=%d&end_time=%d&group_by=%s&bucket=%s&series=%d"
                  .formatted(start, now, group, bucket, series));
      long[] sums = new long[4];
      report
          .path("rows")
          .forEach(
              row -> {
                sums[0] += row.path("sums").path("requests").asLong();
                sums[1] += row.path("sums").path("prompt_tokens").asLong();
                sums[2] += row.path("sums").path("completion_tokens").asLong();
                sums[3] += row.path("sums").path("cost_micros").asLong();
              });
      long[] hours =
          server
              .bean(DatabaseClient.class)
              .sql(
                  """
                  select coalesce(sum(requests), 0)::bigint r, coalesce(sum(prompt_tokens), 0)::bigint p,
                    coalesce(sum(completion_tokens), 0)::bigint c, coalesce(sum(amount_micros), 0)::bigint m
                  from usage_hourly where hour >= :start and hour < :end
                  """)
              .bind("start", Instant.ofEpochSecond(start))
              .bind("end", Instant.ofEpochSecond(now))
              .map(
                  row ->
                      new long[] {
                        row.get("r", Long.class),
                        row.get("p", Long.class),
                        row.get("c", Long.class),
                        row.get("m", Long.class)
                      })
              .one()
              .block();
      assertThat(sums).as(group + " from " + start).isEqualTo(hours);
      JsonNode total = report.path("total");
      assertThat(total.path("prompt_tokens").asLong()).isEqualTo(hours[1]);
      assertThat(total.path("requests").asLong()).isEqualTo(hours[0]);
      if (!bucket.equals("all")) {
        assertThat(byBucket(report, "cost_micros")).isEqualTo(hours[3]);
        assertThat(byBucket(report, "prompt_tokens")).isEqualTo(hours[1]);
      }
    }
  }

  /** Hours are added up in three steps, with bookings between into hours of the step before. */
  @Test
  void daysAndWeeksEqualTheirHours() {
    sql("delete from usage_by_day");
    sql("delete from usage_by_day_and_group");
    sql("delete from usage_by_week_and_group");
    sql("update usage_days_closed set until = '1970-01-01 00:00:00Z'");
    for (int hours : List.of(200, 101, 3)) {
      sql("select close_usage_days(now() - interval '%d hours')::text".formatted(hours));
      sql(
          """
          update usage_hourly set requests = requests + 3, amount_micros = amount_micros + 7
          where hour between now() - interval '%1$d hours' - interval '2 days'
            and now() - interval '%1$d hours'
          """
              .formatted(hours));
    }
    for (String[] group :
        new String[][] {
          {"tenant", "tenant_id"},
          {"project", "project_id"},
          {"key", "api_key_id"},
          {"model", "model"},
          {"tier", "service_tier"}
        }) {
      for (String span : List.of("day", "week")) {
        String wanted =
            """
            select date_trunc('%1$s', hour, 'UTC'), %2$s::text, sum(requests)::bigint,
              sum(prompt_tokens)::bigint, sum(cached_tokens)::bigint, sum(completion_tokens)::bigint,
              sum(compute_us)::bigint, sum(amount_micros)::bigint
            from usage_hourly where hour < (select until from usage_days_closed) group by 1, 2
            """
                .formatted(span, group[1]);
        String found =
            """
            select %1$s, id, requests, prompt_tokens, cached_tokens, completion_tokens, compute_us,
              amount_micros
            from usage_by_%1$s_and_group where grouped_by = '%2$s'
            """
                .formatted(span, group[0]);
        assertThat(count(wanted)).as(span + " by " + group[0]).isPositive();
        assertThat(count("(%s) except (%s)".formatted(wanted, found)))
            .as("missing of %s by %s", span, group[0])
            .isZero();
        assertThat(count("(%s) except (%s)".formatted(found, wanted)))
            .as("wrong of %s by %s", span, group[0])
            .isZero();
      }
    }
  }

  private long count(String rows) {
    return server
        .bean(DatabaseClient.class)
        .sql("select count(*) as n from (" + rows + ") as c")
        .map(row -> row.get("n", Long.class))
        .one()
        .block();
  }

  /** Each group, and each day of it, of times that begin and end within days and weeks. */
  @ParameterizedTest
  @CsvSource({"tenant, tenant_id", "key, api_key_id", "model, model", "tier, service_tier"})
  void eachGroupAndDayIsExact(String group, String column) {
    sql("select close_usage_days(now() - interval '3 hours')::text");
    long now = Instant.now().getEpochSecond();
    for (int[] hours :
        new int[][] {{240, 0}, {240, 30}, {199, 3}, {187, 100}, {170, 165}, {72, -9}}) {
      long start = now - hours[0] * 3600L;
      long end = now - hours[1] * 3600L;
      String asked =
          "/admin/usage/report?limit=500&start_time=%d&end_time=%d&group_by=%s"
              .formatted(start, end, group);

      assertThat(told(get(asked + "&bucket=all")))
          .as("%s to %s by %s", hours[0], hours[1], group)
          .isEqualTo(counted(start, end, column, "null::timestamptz"));
      assertThat(told(get(asked + "&bucket=day")))
          .as("%s to %s by %s and day", hours[0], hours[1], group)
          .isEqualTo(counted(start, end, column, "date_trunc('day', hour, 'UTC')"));
    }
  }

  /** Sums by group and bucket. */
  private static Map<String, List<Long>> told(JsonNode report) {
    Map<String, List<Long>> sums = new TreeMap<>();
    for (JsonNode row : report.path("rows")) {
      JsonNode bucket = row.path("bucket");
      JsonNode of = row.path("sums");
      sums.put(
          row.path("id").asString()
              + (bucket.isNull() ? "" : " " + Instant.parse(bucket.asString()).getEpochSecond()),
          Stream.of("requests", "prompt_tokens", "completion_tokens", "compute_us", "cost_micros")
              .map(name -> of.path(name).asLong())
              .toList());
    }
    return sums;
  }

  private Map<String, List<Long>> counted(long start, long end, String column, String bucket) {
    Map<String, List<Long>> sums = new TreeMap<>();
    server
        .bean(DatabaseClient.class)
        .sql(
            """
            select %s::text || coalesce(' ' || extract(epoch from %s)::bigint, '') as id,
              sum(requests)::bigint as a, sum(prompt_tokens)::bigint as b,
              sum(completion_tokens)::bigint as c, sum(compute_us)::bigint as d,
              sum(amount_micros)::bigint as e
            from usage_hourly where hour >= :start and hour < :end group by 1
            """
                .formatted(column, bucket))
        .bind("start", Instant.ofEpochSecond(start))
        .bind("end", Instant.ofEpochSecond(end))
        .map(
            row ->
                sums.put(
                        row.get("id", String.class),
                        Stream.of("a", "b", "c", "d", "e")
                            .map(name -> row.get(name, Long.class))
                            .toList())
                    == null)
        .all()
        .blockLast();
    return sums;
  }
}
