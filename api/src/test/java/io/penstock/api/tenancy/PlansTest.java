package io.penstock.api.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class PlansTest {
  private final TestServer server = TestServer.fake();

  private TestServer.Answer create(String body) {
    return server.post("/admin/plans", TestServer.ADMIN_KEY, body);
  }

  private TestServer.Answer get(String path) {
    return server.get(path, TestServer.ADMIN_KEY);
  }

  @Test
  void tenantsAreOnTheStandardPlanUntilPutOnAnother() {
    TestServer.Tenant tenant = server.newTenant();
    assertThat(get("/admin/tenants/" + tenant.id()).json().path("plan").asString())
        .isEqualTo("standard");
    JsonNode standard = get("/admin/plans/standard").json();
    assertThat(standard.path("tiers").toString()).isEqualTo("[\"default\",\"flex\",\"batch\"]");
    assertThat(standard.path("auto_tier").asString()).isEqualTo("default");
    assertThat(standard.path("weight").doubleValue()).isEqualTo(1);
    assertThat(standard.path("cache_group").isNull()).isTrue();
    assertThat(standard.path("max_output_tokens_per_minute").isNull()).isTrue();

    assertThat(create("{\"name\": \"gold-a\"}").status()).isEqualTo(201);
    TestServer.Answer moved =
        server.put("/admin/tenants/" + tenant.id() + "/plan", "{\"plan\": \"gold-a\"}");

    assertThat(moved.status()).isEqualTo(200);
    assertThat(moved.json().path("plan").asString()).isEqualTo("gold-a");
    assertThat(get("/admin/tenants/" + tenant.id()).json().path("plan").asString())
        .isEqualTo("gold-a");
  }

  @Test
  void aPlanIsStoredAsItWasGivenAndReplacedAsAWhole() {
    String all =
        """
        {"name": "gold-b", "tiers": ["flex", "priority"], "auto_tier": "flex", "weight": 2.5,
         "cache_group": "shared", "max_queued_requests": 7, "max_queued_tokens": 5000000000,
         "max_output_tokens_per_minute": 1000}""";
    TestServer.Answer created = create(all);

    assertThat(created.status()).as(created.text()).isEqualTo(201);
    JsonNode stored = get("/admin/plans/gold-b").json();
    assertThat(stored).isEqualTo(created.json());
    assertThat(stored.path("tiers").toString()).isEqualTo("[\"priority\",\"flex\"]");
    assertThat(stored.path("weight").doubleValue()).isEqualTo(2.5);
    assertThat(stored.path("cache_group").asString()).isEqualTo("shared");
    assertThat(stored.path("max_queued_requests").intValue()).isEqualTo(7);
    assertThat(stored.path("max_queued_tokens").longValue()).isEqualTo(5_000_000_000L);
    assertThat(stored.path("max_output_tokens_per_minute").intValue()).isEqualTo(1000);
    assertThat(create(all).status()).isEqualTo(409);

    TestServer.Answer changed = server.put("/admin/plans/gold-b", "{\"tiers\": [\"priority\"]}");

    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    stored = get("/admin/plans/gold-b").json();
    assertThat(stored.path("tiers").toString()).isEqualTo("[\"priority\"]");
    assertThat(stored.path("auto_tier").asString()).isEqualTo("priority");
    assertThat(stored.path("weight").doubleValue()).isEqualTo(1);
    assertThat(stored.path("max_queued_requests").isNull()).isTrue();
  }

  @Test
  void plansAreListedByPages() {
    create("{\"name\": \"page-a\"}");
    create("{\"name\": \"page-b\"}");
    JsonNode first = get("/admin/plans?limit=1&after=page").json();
    assertThat(first.path("data").get(0).path("name").asString()).isEqualTo("page-a");
    assertThat(first.path("has_more").booleanValue()).isTrue();
    JsonNode second = get("/admin/plans?limit=1&after=page-a").json();
    assertThat(second.path("data").get(0).path("name").asString()).isEqualTo("page-b");
    assertThat(get("/admin/plans?limit=0").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"name\": \"Bad Name\"` | name",
        "`\"tiers\": []` | tiers",
        "`\"tiers\": [\"batch\"]` | tiers",
        "`\"tiers\": [\"default\", \"gold\"]` | tiers[1]",
        "`\"tiers\": [\"default\", null]` | tiers[1]",
        "`\"tiers\": \"default\"` | tiers",
        "`\"auto_tier\": \"priority\"` | auto_tier",
        "`\"auto_tier\": \"batch\"` | auto_tier",
        "`\"auto_tier\": \"auto\"` | auto_tier",
        "`\"weight\": 0` | weight",
        "`\"weight\": 65` | weight",
        "`\"weight\": -1e300` | weight",
        "`\"cache_group\": \"\"` | cache_group",
        "`\"max_queued_requests\": 0` | max_queued_requests",
        "`\"max_queued_tokens\": -1` | max_queued_tokens",
        "`\"max_output_tokens_per_minute\": 1.5` | max_output_tokens_per_minute",
        "`\"speed\": 1` | speed",
      })
  void whatMakesNoPlanIsRefusedByName(String field, String param) {
    String named = field.startsWith("\"name\"") ? field : "\"name\": \"never\", " + field;
    TestServer.Answer answer = create("{" + named + "}");

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo(param);
    assertThat(answer.error().path("message").asString()).isNotBlank();
    assertThat(get("/admin/plans/never").status()).isEqualTo(404);
  }

  @Test
  void whatDoesNotExistIs404() {
    TestServer.Tenant tenant = server.newTenant();
    String path = "/admin/tenants/" + tenant.id() + "/plan";
    TestServer.Answer noPlan = server.put(path, "{\"plan\": \"nowhere\"}");
    assertThat(noPlan.status()).isEqualTo(404);
    assertThat(noPlan.error().path("code").asString()).isEqualTo("plan_not_found");
    assertThat(server.put(path, "{}").error().path("param").asString()).isEqualTo("plan");
    assertThat(server.put("/admin/plans/nowhere", "{}").status()).isEqualTo(404);
    assertThat(server.put("/admin/plans/standard", "{\"name\": \"other\"}").status())
        .isEqualTo(400);
    assertThat(
            server
                .put(
                    "/admin/tenants/00000000-0000-0000-0000-000000000000/plan",
                    "{\"plan\": \"standard\"}")
                .error()
                .path("code")
                .asString())
        .isEqualTo("tenant_not_found");
    assertThat(server.get("/admin/plans", TestServer.API_KEY).status()).isEqualTo(403);
  }
}
