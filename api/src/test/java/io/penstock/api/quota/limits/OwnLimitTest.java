package io.penstock.api.quota.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Limits that an organization sets on its projects and keys, and what is used of them. */
class OwnLimitTest {
  private static final String SETTINGS = "/v1/organization/limits/settings";
  private final TestServer server = TestServer.fake();

  private Answer send(String method, String path, TestServer.Tenant in, String body) {
    return server.send(
        server
            .request(path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", in.id())
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode key(TestServer.Tenant tenant) {
    return send("GET", "/v1/organization/api_keys", tenant, null).json().path("data").get(0);
  }

  private int chat(TestServer.Tenant tenant) {
    return server
        .post(
            "/v1/chat/completions",
            tenant.key(),
            "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}")
        .status();
  }

  private static String limit(String where, String id, String kind, long value) {
    return "{\"%s\": \"%s\", \"kind\": \"%s\", \"value\": %d}".formatted(where, id, kind, value);
  }

  @Test
  void aKeysLimitBindsIsShownInUseAndCanBeTakenAway() {
    TestServer.Tenant tenant = server.newTenant();
    JsonNode key = key(tenant);
    String id = key.path("id").asString();
    String project = key.path("project_id").asString();
    assertThat(
            send("PUT", SETTINGS, tenant, limit("api_key_id", id, "requests_per_minute", 1))
                .status())
        .isEqualTo(200);
    assertThat(
            send("PUT", SETTINGS, tenant, limit("project_id", project, "tokens_per_day", 100_000))
                .status())
        .isEqualTo(200);
    assertThat(chat(tenant)).isEqualTo(200);
    assertThat(chat(tenant)).isEqualTo(429);

    JsonNode used =
        send("GET", "/v1/organization/limits?api_key_id=" + id, tenant, null).json().path("data");
    assertThat(used.findValuesAsString("scope")).containsExactly("project", "key");
    assertThat(used.get(0).path("kind").asString()).isEqualTo("tokens_per_day");
    assertThat(used.get(0).path("used").longValue() + used.get(0).path("held").longValue())
        .isPositive();
    assertThat(used.get(1).path("set_by").asString()).isEqualTo("key");
    assertThat(used.get(1).path("used").longValue()).isEqualTo(1);
    assertThat(
            send("GET", "/v1/organization/limits?project_id=" + project, tenant, null)
                .json()
                .path("data")
                .findValuesAsString("scope"))
        .containsExactly("project");
    assertThat(send("GET", "/v1/organization/limits", tenant, null).json().path("data")).isEmpty();

    String one = SETTINGS + "?api_key_id=" + id;
    assertThat(send("GET", one, tenant, null).json().path("data")).hasSize(1);
    String gone = one + "&kind=requests_per_minute";
    assertThat(send("DELETE", gone, tenant, null).status()).isEqualTo(200);
    assertThat(send("DELETE", gone, tenant, null).error().path("code").asString())
        .isEqualTo("limit_not_found");
    assertThat(chat(tenant)).isEqualTo(200);
  }

  @Test
  void anothersProjectsAndKeysDoNotExist() {
    TestServer.Tenant tenant = server.newTenant();
    TestServer.Tenant other = server.newTenant();
    JsonNode theirs = key(other);
    String id = theirs.path("id").asString();
    String project = theirs.path("project_id").asString();
    for (String where : new String[] {"api_key_id=" + id, "project_id=" + project}) {
      assertThat(send("GET", "/v1/organization/limits?" + where, tenant, null).status())
          .isEqualTo(404);
      assertThat(send("GET", SETTINGS + "?" + where, tenant, null).status()).isEqualTo(404);
      String gone = SETTINGS + "?kind=tokens_per_day&" + where;
      assertThat(send("DELETE", gone, tenant, null).status()).isEqualTo(404);
    }
    String ofKey = limit("api_key_id", id, "tokens_per_day", 1);
    String ofProject = limit("project_id", project, "tokens_per_day", 1);
    assertThat(send("PUT", SETTINGS, tenant, ofKey).status()).isEqualTo(404);
    assertThat(send("PUT", SETTINGS, tenant, ofProject).status()).isEqualTo(404);
  }

  @Test
  void whatIsWrongIsNamed() {
    TestServer.Tenant tenant = server.newTenant();
    String id = key(tenant).path("id").asString();
    assertThat(send("GET", SETTINGS, tenant, null).error().path("param").asString())
        .isEqualTo("project_id");
    String credit = limit("api_key_id", id, "credit", 1);
    assertThat(send("PUT", SETTINGS, tenant, credit).error().path("param").asString())
        .isEqualTo("kind");
    String negative = limit("api_key_id", id, "tokens_per_day", -1);
    assertThat(send("PUT", SETTINGS, tenant, negative).error().path("param").asString())
        .isEqualTo("value");
  }

  @Test
  void theNextLimitOfSeveralTenantsIsFound() {
    TestServer.Tenant full = server.newTenant();
    TestServer.Tenant used = server.newTenant();
    TestServer.Tenant free = server.newTenant();
    for (String limit :
        new String[] {
          "\"scope_id\": \"%s\", \"kind\": \"requests_per_minute\", \"value\": 1"
              .formatted(full.id()),
          "\"scope_id\": \"%s\", \"kind\": \"tokens_per_day\", \"value\": 1000000"
              .formatted(full.id()),
          "\"scope_id\": \"%s\", \"kind\": \"tokens_per_day\", \"value\": 1000000"
              .formatted(used.id()),
          "\"scope_id\": \"%s\", \"kind\": \"tokens_per_month\", \"value\": 10".formatted(free.id())
        }) {
      String body = "{\"scope\": \"organization\", %s}".formatted(limit);
      assertThat(server.put("/admin/limits", body).status()).isEqualTo(200);
    }
    assertThat(chat(full)).isEqualTo(200);
    assertThat(chat(used)).isEqualTo(200);

    JsonNode next =
        server
            .get(
                "/admin/limits/next?tenant_id=%s&tenant_id=%s&tenant_id=%s"
                    .formatted(full.id(), used.id(), free.id()),
                TestServer.ADMIN_KEY)
            .json()
            .path("data");
    assertThat(next).hasSize(2);
    for (JsonNode one : next) {
      boolean isFull = one.path("tenant_id").asString().equals(full.id());
      assertThat(one.path("limit").path("kind").asString())
          .isEqualTo(isFull ? "requests_per_minute" : "tokens_per_day");
    }
  }
}
