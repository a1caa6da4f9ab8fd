package io.penstock.api.quota.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import io.penstock.api.testing.TestServer.Tenant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

class LimitEffectTest {
  private static final LocalDate TODAY = LocalDate.parse("2026-11-03");

  private static LimitEffect.Use use(String day, long requests, long tokens) {
    return new LimitEffect.Use(LocalDate.parse(day), requests, tokens, tokens / 2, 10 * tokens);
  }

  @Test
  void daysAboveTheLimitAreCountedAndTheirRequestsByShare() {
    List<LimitEffect.Use> uses =
        List.of(
            use("2026-10-20", 1000, 1000), // too long ago
            use("2026-10-28", 10, 100),
            use("2026-11-02", 10, 200),
            use("2026-11-03", 4, 400));
    assertThat(LimitEffect.of(LimitKind.TOKENS_PER_DAY, 150, uses, TODAY))
        // a quarter of 10 and five eighths of 4
        .isEqualTo(new LimitEffect(7, 2, 5, 24, false));
    assertThat(LimitEffect.of(LimitKind.REQUESTS_PER_DAY, 9, uses, TODAY))
        .isEqualTo(new LimitEffect(7, 2, 2, 24, false));
    assertThat(LimitEffect.of(LimitKind.SPEND_PER_DAY, 4000, uses, TODAY).boundDays()).isZero();
    assertThat(LimitEffect.of(LimitKind.REQUESTS_PER_DAY, 0, uses, TODAY).refused()).isEqualTo(24);
  }

  @Test
  void monthsAddUpFromTheirFirstDay() {
    List<LimitEffect.Use> uses =
        List.of(
            use("2026-10-01", 1, 900),
            use("2026-10-30", 10, 100), // reaches 1000
            use("2026-10-31", 10, 100), // all beyond
            use("2026-11-01", 10, 1000), // another month
            use("2026-11-02", 10, 10));
    assertThat(LimitEffect.of(LimitKind.TOKENS_PER_MONTH, 1000, uses, TODAY))
        .isEqualTo(new LimitEffect(7, 2, 20, 40, false));
  }

  @Test
  void minutesAreTheLeastThatHoursTell() {
    List<LimitEffect.Use> uses =
        List.of(
            use("2026-11-03", 100, 6000), // 60 minutes of 100: may have fitted
            use("2026-11-03", 120, 12_000),
            use("2026-11-03", 10, 6060));
    assertThat(LimitEffect.of(LimitKind.TOKENS_PER_MINUTE, 100, uses, TODAY))
        .isEqualTo(new LimitEffect(7, 1, 60, 230, true));
  }

  @Test
  void nothingUsedIsNothingRefused() {
    assertThat(LimitEffect.of(LimitKind.SPEND_PER_MONTH, 0, List.of(), TODAY))
        .isEqualTo(new LimitEffect(7, 0, 0, 0, false));
  }

  private final TestServer server = TestServer.fake();

  private Answer ask(Tenant tenant, String query) {
    return server.send(
        server
            .request("/v1/organization/limits/effect?" + query, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", tenant.name())
            .build());
  }

  /** Sums of the ledger, by whichever way they are asked for. */
  @Test
  void theSumsAreTheLedgers() {
    Tenant tenant = server.newTenant();
    for (int i = 0; i < 4; i++) {
      server.usage(
          server
              .post(
                  "/v1/completions",
                  tenant.key(),
                  "{\"model\": \"fake-model\", \"prompt\": \"Hi\", \"max_tokens\": 5}")
              .header("x-request-id"));
    }
    String[] ids =
        server
            .bean(DatabaseClient.class)
            .sql(
                "select project_id::text p, id::text k from api_keys where tenant_id = cast(:t as uuid)")
            .bind("t", tenant.id())
            .map(row -> new String[] {row.get("p", String.class), row.get("k", String.class)})
            .one()
            .block();
    for (String where : List.of("", "&project_id=" + ids[0], "&api_key_id=" + ids[1])) {
      for (String model : List.of("", "&model=fake-model")) {
        JsonNode effect = ask(tenant, "kind=requests_per_day&value=3" + where + model).json();
        assertThat(effect.path("requests").asInt()).as(where + model).isEqualTo(4);
        assertThat(effect.path("refused").asInt()).as(where + model).isEqualTo(1);
        assertThat(effect.path("bound_days").asInt()).as(where + model).isEqualTo(1);
        JsonNode minutes = ask(tenant, "kind=requests_per_minute&value=0" + where + model).json();
        assertThat(minutes.path("refused").asInt()).isEqualTo(4);
        assertThat(minutes.path("at_least").asBoolean()).isTrue();
      }
    }
    assertThat(
            ask(tenant, "kind=requests_per_day&value=3&model=other")
                .json()
                .path("requests")
                .asInt())
        .isZero();
    assertThat(
            ask(server.newTenant(), "kind=requests_per_day&value=3&project_id=" + ids[0]).status())
        .as("another organization's project")
        .isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "kind=credit&value=1, kind",
    "kind=concurrent_requests&value=1, kind",
    "kind=nothing&value=1, kind",
    "kind=requests_per_day&value=-1, value",
    "kind=requests_per_day&value=9999999999999999, value",
    "kind=requests_per_day&value=1&model=a%0Ab, model",
  })
  void whatIsRefused(String query, String param) {
    Answer answer = ask(server.newTenant(), query);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo(param);
  }
}
