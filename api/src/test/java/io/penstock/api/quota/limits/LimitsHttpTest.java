package io.penstock.api.quota.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Limits and prices as clients and the operator meet them. */
class LimitsHttpTest {
  private static final String CHAT = "/v1/chat/completions";
  private final TestServer server = TestServer.fake();

  private static String body(Integer maxTokens) {
    return "{\"model\": \"fake-model\"%s, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"
        .formatted(maxTokens == null ? "" : ", \"max_tokens\": " + maxTokens);
  }

  private void limit(String scope, String id, String more) {
    TestServer.Answer answer =
        server.put(
            "/admin/limits",
            "{\"scope\": \"%s\", \"scope_id\": \"%s\", %s}".formatted(scope, id, more));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private TestServer.Answer chat(TestServer.Tenant tenant, Integer maxTokens) {
    return server.post(CHAT, tenant.key(), body(maxTokens));
  }

  @Test
  void ratesAreInEveryAnswersHeaders() {
    TestServer.Tenant tenant = server.newTenant();
    limit("organization", tenant.id(), "\"kind\": \"requests_per_minute\", \"value\": 2");
    limit("organization", tenant.id(), "\"kind\": \"tokens_per_minute\", \"value\": 1000");
    TestServer.Answer answer = chat(tenant, 5);
    assertThat(answer.status()).isEqualTo(200);
    long prompt = answer.json().path("usage").path("prompt_tokens").longValue();
    assertThat(answer.header("x-ratelimit-limit-requests")).isEqualTo("2");
    assertThat(answer.header("x-ratelimit-remaining-requests")).isEqualTo("1");
    assertThat(answer.header("x-ratelimit-reset-requests"))
        .matches("1m0?(\\.\\d+)?s|60?(\\.\\d+)?s|1m0.*s");
    assertThat(answer.header("x-ratelimit-limit-tokens")).isEqualTo("1000");
    assertThat(answer.header("x-ratelimit-remaining-tokens"))
        .isEqualTo(Long.toString(1000 - prompt - 5));
    assertThat(answer.header("x-ratelimit-reset-tokens")).isEqualTo("1m1s");

    chat(tenant, 5);
    TestServer.Answer refused = chat(tenant, 5);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("x-ratelimit-remaining-requests")).isEqualTo("0");
    assertThat(refused.header("x-should-retry")).isEqualTo("true");
    long millis = Long.parseLong(refused.header("retry-after-ms"));
    assertThat(millis).isBetween(50_000L, 61_000L);
    assertThat(refused.header("retry-after")).isEqualTo(Long.toString((millis + 999) / 1000));
    JsonNode error = refused.error();
    assertThat(error.path("type").asString()).isEqualTo("requests");
    assertThat(error.path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(error.path("param").isNull()).isTrue();
    assertThat(error.path("message").asString())
        .matches(
            "Rate limit reached for fake-model in organization "
                + tenant.name()
                + " on requests per min \\(RPM\\): Limit 2, Used 2, Requested 1\\. Please try again in [0-9m.]+s\\.");
  }

  @Test
  void withoutLimitsThereAreNoNumbersToTell() {
    assertThat(server.post(CHAT, body(3)).header("x-ratelimit-limit-requests")).isNull();
  }

  /** What OpenAI's clients send for no limit. */
  @Test
  void aLimitThatIsNoneIsNotTold() {
    TestServer.Tenant tenant = server.newTenant();
    limit("organization", tenant.id(), "\"kind\": \"requests_per_minute\", \"value\": 9");
    limit(
        "organization",
        tenant.id(),
        "\"kind\": \"tokens_per_minute\", \"value\": 1000000000000000");
    TestServer.Answer answer = chat(tenant, 5);
    assertThat(answer.header("x-ratelimit-limit-requests")).isEqualTo("9");
    assertThat(answer.header("x-ratelimit-limit-tokens")).isNull();
    assertThat(answer.header("x-ratelimit-remaining-tokens")).isNull();
  }

  @Test
  void aModelsLimitCountsWhatWasUsedBefore() {
    TestServer.Tenant tenant = server.newTenant();
    TestServer.Answer answer = chat(tenant, 5);
    long used = answer.json().path("usage").path("total_tokens").longValue();
    server.usage(answer.header("x-request-id")); // when it is booked
    String limit = "\"kind\": \"tokens_per_day\", \"model\": \"fake-model\", \"value\": ";
    limit("organization", tenant.id(), limit + (2 * used - 1));
    TestServer.Answer refused = chat(tenant, 5);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.error().path("message").asString()).contains("Used " + used);
    limit("organization", tenant.id(), limit + 2 * used);
    assertThat(chat(tenant, 5).status()).isEqualTo(200);
  }

  @Test
  void whatCanNeverFitIsNotTriedAgain() {
    TestServer.Tenant tenant = server.newTenant();
    limit("organization", tenant.id(), "\"kind\": \"tokens_per_minute\", \"value\": 40");
    TestServer.Answer refused = chat(tenant, 400);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.error().path("type").asString()).isEqualTo("tokens");
    assertThat(refused.error().path("message").asString())
        .startsWith("Request too large for fake-model");
    assertThat(refused.header("x-should-retry")).isEqualTo("false");
    assertThat(refused.header("retry-after")).isNull();
  }

  @Test
  void anExhaustedBudgetIsNotTriedAgain() {
    TestServer.Tenant tenant = server.newTenant();
    TestServer.Answer first = chat(tenant, 5);
    server.usage(first.header("x-request-id"));
    long used = first.json().path("usage").path("total_tokens").longValue();
    limit("organization", tenant.id(), "\"kind\": \"tokens_per_month\", \"value\": " + used);
    TestServer.Answer refused = chat(tenant, 5);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.error().path("type").asString()).isEqualTo("insufficient_quota");
    assertThat(refused.error().path("code").asString())
        .isEqualTo("organization_usage_limit_exceeded");
    assertThat(refused.error().path("message").asString())
        .contains("Limit " + used + ", Used " + used)
        .contains("It resets at 20");
    assertThat(refused.header("x-should-retry")).isEqualTo("false");
  }

  @Test
  void moneyIsChargedByThePriceAndStopsAtItsLimitAndAtTheCredit() {
    TestServer own = server;
    TestServer.Tenant tenant = own.newTenant();
    assertThat(
            own.post(
                    "/admin/prices",
                    TestServer.ADMIN_KEY,
                    "{\"model\": \"fake-model\", \"prompt\": 2000000, \"completion\": 10000000}")
                .status())
        .isEqualTo(201);
    TestServer.Answer answer = chat(tenant, 5);
    long prompt = answer.json().path("usage").path("prompt_tokens").longValue();
    JsonNode row = own.usage(answer.header("x-request-id"));
    long cost = 2 * prompt + 10 * 5;
    assertThat(row.path("cost_micros").longValue()).isEqualTo(cost);
    String balance = "/admin/tenants/" + tenant.id() + "/balance";
    assertThat(own.get(balance, TestServer.ADMIN_KEY).json().path("balance_micros").longValue())
        .isEqualTo(-cost);

    limit(
        "organization", tenant.id(), "\"kind\": \"spend_per_month\", \"value\": " + (2 * cost - 1));
    TestServer.Answer overSpend = chat(tenant, 5);
    assertThat(overSpend.status()).isEqualTo(429);
    assertThat(overSpend.error().path("code").asString())
        .isEqualTo("organization_spend_limit_exceeded");

    limit("organization", tenant.id(), "\"kind\": \"spend_per_month\", \"value\": 1000000000");
    limit("organization", tenant.id(), "\"kind\": \"credit\", \"value\": 0");
    TestServer.Answer broke = chat(tenant, 5);
    assertThat(broke.status()).isEqualTo(429);
    assertThat(broke.error().path("code").asString()).isEqualTo("credit_balance_exhausted");
    String credit =
        "{\"id\": \"payment-1-%s\", \"amount_micros\": %d}".formatted(tenant.name(), 2 * cost);
    String credits = "/admin/tenants/" + tenant.id() + "/credits";
    assertThat(
            own.post(credits, TestServer.ADMIN_KEY, credit).json().path("entered").booleanValue())
        .isTrue();
    assertThat(
            own.post(credits, TestServer.ADMIN_KEY, credit).json().path("entered").booleanValue())
        .as("the same payment again")
        .isFalse();
    assertThat(chat(tenant, 5).status()).isEqualTo(200);
    TestServer.await(
        "the last unit to be spent",
        () ->
            own.get(balance, TestServer.ADMIN_KEY).json().path("balance_micros").longValue() == 0
                ? true
                : null);
    assertThat(chat(tenant, 5).status()).isEqualTo(429);
    assertThat(
            own.get("/admin/ledger/check", TestServer.ADMIN_KEY).json().path("accounts").isEmpty())
        .isTrue();
  }

  @Test
  void anOutputThatNobodyAskedForIsCutAndOneThatWasIsRefused() {
    TestServer.Tenant tenant = server.newTenant();
    limit("organization", tenant.id(), "\"kind\": \"max_output_tokens\", \"value\": 8");
    JsonNode cut = chat(tenant, null).json();
    assertThat(cut.path("usage").path("completion_tokens").intValue()).isEqualTo(8);
    assertThat(cut.path("choices").get(0).path("finish_reason").asString()).isEqualTo("length");
    TestServer.Answer refused = chat(tenant, 9);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.error().path("param").asString()).isEqualTo("max_tokens");
    limit("organization", tenant.id(), "\"kind\": \"max_context_tokens\", \"value\": 3");
    TestServer.Answer tooLong = chat(tenant, null);
    assertThat(tooLong.status()).isEqualTo(400);
    assertThat(tooLong.error().path("code").asString()).isEqualTo("context_length_exceeded");
  }

  @Test
  void aPlansDefaultCountsUntilItIsOverridden() {
    TestServer.Tenant tenant = server.newTenant("");
    limit("plan", tenant.name(), "\"kind\": \"requests_per_day\", \"value\": 1");
    assertThat(chat(tenant, 1).status()).isEqualTo(200);
    TestServer.Answer refused = chat(tenant, 1);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.error().path("message").asString()).contains("requests per day (RPD)");
    limit("organization", tenant.id(), "\"kind\": \"requests_per_day\", \"value\": 2");
    assertThat(chat(tenant, 1).status()).isEqualTo(200);
    assertThat(chat(tenant, 1).status()).isEqualTo(429);
    assertThat(
            server
                .send(
                    server
                        .request(
                            "/admin/limits?scope=organization&scope_id="
                                + tenant.id()
                                + "&kind=requests_per_day",
                            TestServer.ADMIN_KEY)
                        .DELETE()
                        .build())
                .status())
        .isEqualTo(200);
    assertThat(chat(tenant, 1).error().path("message").asString()).contains("Limit 1, Used 2");
  }

  @Test
  void wrongLimitsAreNamed() {
    String id = server.newTenant().id();
    for (String[] wrong :
        new String[][] {
          {
            "scope",
            "{\"scope\": \"galaxy\", \"scope_id\": \"%s\", \"kind\": \"credit\", \"value\": 1}"
          },
          {
            "kind",
            "{\"scope\": \"organization\", \"scope_id\": \"%s\", \"kind\": \"luck\", \"value\": 1}"
          },
          {
            "value",
            "{\"scope\": \"organization\", \"scope_id\": \"%s\", \"kind\": \"credit\", \"value\": -1}"
          },
          {
            "scope_id",
            "{\"scope\": \"organization\", \"scope_id\": \"x%s\", \"kind\": \"credit\", \"value\": 1}"
          },
          {"kind", "{\"scope\": \"key\", \"scope_id\": \"%s\", \"kind\": \"credit\", \"value\": 1}"}
        }) {
      TestServer.Answer answer = server.put("/admin/limits", wrong[1].formatted(id));
      assertThat(answer.status()).as(wrong[1]).isEqualTo(400);
      assertThat(answer.error().path("param").asString()).isEqualTo(wrong[0]);
    }
    assertThat(
            server
                .put(
                    "/admin/limits",
                    "{\"scope\": \"project\", \"scope_id\": \"%s\", \"kind\": \"tokens_per_day\", \"value\": 1}"
                        .formatted(id))
                .status())
        .isEqualTo(404);
  }
}
