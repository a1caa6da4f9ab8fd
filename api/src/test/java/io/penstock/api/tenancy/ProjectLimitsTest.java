package io.penstock.api.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Limits that an organization sets on its own projects. */
class ProjectLimitsTest {
  private static final String CHAT =
      "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";

  private final TestServer server = TestServer.fake();
  private final TestServer.Tenant tenant = server.newTenant();
  private String project;
  private String key;

  @BeforeEach
  void aProject() {
    project = send("POST", "", "{\"name\": \"p\"}").json().path("id").asString();
    key =
        send("POST", "/" + project + "/api_keys", "{\"name\": \"k\"}")
            .json()
            .path("value")
            .asString();
  }

  private Answer send(String method, String path, String body) {
    HttpRequest.Builder request =
        server
            .request("/v1/organization/projects" + path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", tenant.name())
            .header("Content-Type", "application/json");
    return server.send(
        request
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode rateLimit(String model) {
    for (JsonNode limit : send("GET", "/" + project + "/rate_limits", null).json().path("data")) {
      if (limit.path("model").asString().equals(model)) {
        return limit;
      }
    }
    throw new AssertionError("no rate limit for " + model);
  }

  @Test
  void aRateLimitCountsFromTheNextRequestOn() {
    assertThat(rateLimit("*").path("object").asString()).isEqualTo("project.rate_limit");
    JsonNode limit = rateLimit("fake-model");
    assertThat(limit.path("max_requests_per_1_minute").longValue()).isEqualTo(RateLimits.NONE);
    String path = "/" + project + "/rate_limits/" + limit.path("id").asString();
    Answer set = send("POST", path, "{\"max_requests_per_1_minute\": 1}");
    assertThat(set.status()).as(set.text()).isEqualTo(200);
    assertThat(rateLimit("fake-model").path("max_requests_per_1_minute").longValue()).isEqualTo(1);

    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(200);
    Answer refused = server.post("/v1/chat/completions", key, CHAT);
    assertThat(refused.status()).as(refused.text()).isEqualTo(429);
    assertThat(refused.error().path("code").asString()).isEqualTo("rate_limit_exceeded");

    assertThat(send("DELETE", path, null).status()).isEqualTo(200);
    assertThat(rateLimit("fake-model").path("max_requests_per_1_minute").longValue())
        .isEqualTo(RateLimits.NONE);
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(200);
  }

  @Test
  void badRateLimits() {
    assertThat(send("POST", "/" + project + "/rate_limits/rl-all", "{}").status()).isEqualTo(400);
    assertThat(
            send("POST", "/" + project + "/rate_limits/rl-all", "{\"max_tokens_per_1_minute\": -1}")
                .status())
        .isEqualTo(400);
    assertThat(
            send(
                    "POST",
                    "/" + project + "/rate_limits/rl-nothing",
                    "{\"max_tokens_per_1_minute\": 1}")
                .status())
        .isEqualTo(404);
  }

  @Test
  void aSpendLimitInOpenAisShape() {
    String path = "/" + project + "/spend_limit";
    assertThat(send("GET", path, null).status()).isEqualTo(404);
    JsonNode set = send("POST", path, "{\"threshold_amount\": 2500, \"currency\": \"USD\"}").json();
    assertThat(set.path("threshold_amount").longValue()).isEqualTo(2500);
    assertThat(set.path("interval").asString()).isEqualTo("month");
    assertThat(set.path("enforcement").path("status").asString()).isEqualTo("enforcing");
    assertThat(send("GET", path, null).json()).isEqualTo(set);
    assertThat(
            server
                .get("/admin/limits?scope=project&scope_id=" + project, TestServer.ADMIN_KEY)
                .json()
                .path("data")
                .get(0)
                .path("value")
                .longValue())
        .isEqualTo(25_000_000);
    assertThat(send("DELETE", path, null).status()).isEqualTo(200);
    assertThat(send("GET", path, null).status()).isEqualTo(404);
    assertThat(send("POST", path, "{\"threshold_amount\": -1}").status()).isEqualTo(400);
  }
}
