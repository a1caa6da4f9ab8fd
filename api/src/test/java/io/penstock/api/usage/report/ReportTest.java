package io.penstock.api.usage.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import io.penstock.api.testing.TestServer.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

/**
 * Three requests of one key, one of another tenant; a prompt token costs 1 micro-unit, a completion
 * token 2.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportTest {
  private static final String CHAT =
      "{\"model\": \"fake-model\", \"max_tokens\": 7, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";
  private static final String USAGE = "/v1/organization/usage/completions?start_time=";
  private static final String COSTS = "/v1/organization/costs?start_time=";
  private static final int REQUESTS = 3;
  private static final int OUTPUT = 7;

  private TestServer server;
  private Tenant tenant;
  private Tenant other;
  private long prompt;
  private final long yesterday = Instant.now().getEpochSecond() - 86_400;

  @BeforeAll
  void use() {
    server = TestServer.withFakeEngine();
    sql(
        "insert into prices (model, version, valid_from, prompt, cached, completion)"
            + " values ('fake-model', 1, now() - interval '1 day', 1000000, 1000000, 2000000)");
    tenant = server.newTenant();
    other = server.newTenant();
    for (int i = 0; i < REQUESTS; i++) {
      Answer answer = ask(tenant);
      prompt = answer.json().path("usage").path("prompt_tokens").longValue();
    }
    ask(other);
  }

  private Answer ask(Tenant of) {
    Answer answer = server.post("/v1/chat/completions", of.key(), CHAT);
    assertThat(answer.status()).isEqualTo(200);
    server.usage(answer.header("x-request-id"));
    return answer;
  }

  @AfterAll
  void close() {
    server.close();
  }

  private void sql(String statement) {
    server.bean(DatabaseClient.class).sql(statement).then().block();
  }

  private JsonNode get(Tenant of, String path) {
    Answer answer = server.get(path, of.key());
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private static List<JsonNode> results(JsonNode page) {
    List<JsonNode> results = new ArrayList<>();
    page.path("data").forEach(bucket -> bucket.path("results").forEach(results::add));
    return results;
  }

  private static long sum(List<JsonNode> results, String field) {
    return results.stream().mapToLong(r -> r.path(field).longValue()).sum();
  }

  @ParameterizedTest
  @CsvSource({"1d, 31", "1h, 168", "1m, 1440"})
  void aReportIsExactWhateverItsBuckets(String width, int limit) {
    long start = width.equals("1m") ? yesterday + 3600 : yesterday;
    JsonNode page = get(tenant, USAGE + start + "&bucket_width=" + width + "&limit=" + limit);

    List<JsonNode> results = results(page);
    assertThat(sum(results, "num_model_requests")).isEqualTo(REQUESTS);
    assertThat(sum(results, "input_tokens")).isEqualTo(REQUESTS * prompt);
    assertThat(sum(results, "output_tokens")).isEqualTo(REQUESTS * OUTPUT);
    assertThat(sum(results, "input_cached_tokens")).isZero();
    assertThat(results.getFirst().path("object").asString())
        .isEqualTo("organization.usage.completions.result");
    assertThat(results.getFirst().path("model").isNull()).isTrue();
    assertThat(page.path("object").asString()).isEqualTo("page");
    assertThat(page.path("has_more").booleanValue()).isFalse();
    assertThat(page.path("next_page").isNull()).isTrue();
    JsonNode first = page.path("data").path(0);
    assertThat(first.path("object").asString()).isEqualTo("bucket");
    assertThat(first.path("start_time").longValue()).isLessThanOrEqualTo(start);
    assertThat(first.path("end_time").longValue()).isGreaterThan(start);
    assertThat(first.path("results").isEmpty()).isTrue();
  }

  @Test
  void pagesFollowOneAnotherWithoutGapOrOverlap() {
    List<Long> starts = new ArrayList<>();
    List<JsonNode> results = new ArrayList<>();
    String path = USAGE + yesterday + "&bucket_width=1h&limit=7";
    JsonNode page = get(tenant, path);
    while (true) {
      page.path("data").forEach(bucket -> starts.add(bucket.path("start_time").longValue()));
      results.addAll(results(page));
      if (!page.path("has_more").booleanValue()) {
        break;
      }
      page = get(tenant, path + "&page=" + page.path("next_page").asString());
    }
    for (int i = 1; i < starts.size(); i++) {
      assertThat(starts.get(i)).isEqualTo(starts.get(i - 1) + 3600);
    }
    assertThat(starts).hasSizeBetween(24, 26);
    assertThat(sum(results, "output_tokens")).isEqualTo(REQUESTS * OUTPUT);
  }

  @Test
  void groupsAndFiltersTellApart() {
    String project = get(tenant, USAGE + yesterday + "&group_by=project_id").toString();
    List<JsonNode> grouped =
        results(
            get(
                tenant,
                USAGE + yesterday + "&group_by[]=model&group_by[]=api_key_id&group_by=batch"));
    assertThat(grouped).hasSize(1);
    assertThat(grouped.getFirst().path("model").asString()).isEqualTo("fake-model");
    assertThat(grouped.getFirst().path("batch").booleanValue()).isFalse();
    assertThat(grouped.getFirst().path("project_id").isNull()).isTrue();
    String key = grouped.getFirst().path("api_key_id").asString();
    assertThat(project).contains("\"project_id\":\"");
    String more = USAGE + yesterday + "&api_key_ids=" + key;
    assertThat(sum(results(get(tenant, more)), "num_model_requests")).isEqualTo(REQUESTS);
    assertThat(results(get(tenant, more + "&models=another"))).isEmpty();
    assertThat(results(get(tenant, more + "&models=another,fake-model"))).hasSize(1);
    assertThat(results(get(tenant, more + "&batch=true"))).isEmpty();
    assertThat(results(get(tenant, more + "&user_ids=somebody"))).isEmpty();
    assertThat(results(get(other, more))).as("another tenant's key").isEmpty();
  }

  @Test
  void embeddingsAreReportedApart() {
    Tenant third = server.newTenant();
    ask(third);
    Answer embedded =
        server.post(
            "/v1/embeddings",
            third.key(),
            "{\"model\": \"fake-model\", \"input\": [\"one\", \"three\"]}");
    server.usage(embedded.header("x-request-id"));
    String path = "/v1/organization/usage/embeddings?start_time=";
    for (String width : List.of("1d", "1h", "1m")) {
      String more = yesterday + 3600 + "&group_by=model&bucket_width=" + width;
      String whole = width.equals("1m") ? "&limit=1440" : "";
      List<JsonNode> results = results(get(third, path + more + whole));
      assertThat(results).hasSize(1);
      assertThat(results.getFirst().path("object").asString())
          .isEqualTo("organization.usage.embeddings.result");
      assertThat(results.getFirst().path("input_tokens").longValue()).isEqualTo(8);
      assertThat(results.getFirst().path("num_model_requests").longValue()).isEqualTo(1);
      assertThat(results.getFirst().path("model").asString()).isEqualTo("fake-model");
      List<JsonNode> others = results(get(third, USAGE + more + whole));
      assertThat(sum(others, "num_model_requests")).isEqualTo(1);
      assertThat(sum(others, "input_tokens")).isEqualTo(prompt);
    }
    assertThat(results(get(third, COSTS + yesterday))).as("costs are of both").hasSize(1);
  }

  @Test
  void costsAreExact() {
    List<JsonNode> costs = results(get(tenant, COSTS + yesterday + "&group_by=line_item"));
    assertThat(costs).hasSize(1);
    JsonNode cost = costs.getFirst();
    assertThat(cost.path("object").asString()).isEqualTo("organization.costs.result");
    assertThat(cost.path("line_item").asString()).isEqualTo("fake-model");
    assertThat(cost.path("amount").path("currency").asString()).isEqualTo("usd");
    assertThat(cost.path("amount").path("value").decimalValue().movePointRight(6).longValueExact())
        .isEqualTo(REQUESTS * (prompt + 2 * OUTPUT));
  }

  @Test
  void sumsEqualTheRequests() {
    Long different =
        server
            .bean(DatabaseClient.class)
            .sql(
                """
                select count(*) from (
                  select tenant_id, sum(requests) r, sum(prompt_tokens) p, sum(completion_tokens) c,
                    sum(compute_us) u, sum(amount_micros) a from usage_hourly group by 1
                ) h
                full join (
                  select tenant_id, sum(requests) r, sum(prompt_tokens) p, sum(completion_tokens) c,
                    sum(compute_us) u, sum(amount_micros) a from usage_daily group by 1
                ) d using (tenant_id, r, p, c, u, a)
                full join (
                  select tenant_id, count(*)::numeric r, sum(prompt_tokens)::numeric p,
                    sum(completion_tokens)::numeric c, sum(compute_us)::numeric u,
                    sum(cost_micros)::numeric a from usage_records group by 1
                ) x using (tenant_id, r, p, c, u, a)
                where h.tenant_id is null or d.tenant_id is null or x.tenant_id is null
                """)
            .map(row -> row.get(0, Long.class))
            .one()
            .block();
    assertThat(different).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "'', start_time",
    "start_time=soon, start_time",
    "start_time=5&end_time=5, end_time",
    "start_time=5&bucket_width=1w, bucket_width",
    "start_time=5&limit=0, limit",
    "start_time=5&limit=32, limit",
    "start_time=5&page=what, page",
    "start_time=5&project_ids=1, project_ids",
    "start_time=5&group_by=line_item, group_by",
    "start_time=5&batch=maybe, batch",
  })
  void whatCannotBeReportedIsRefused(String parameters, String param) {
    Answer answer = server.get("/v1/organization/usage/completions?" + parameters, tenant.key());
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo(param);
  }
}
