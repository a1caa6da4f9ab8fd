package io.penstock.api.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is around the API: probes, metrics, description, headers, overview. */
class PlatformTest {
  private final TestServer server = TestServer.fake();

  @Test
  void probesNeedNoKey() {
    assertThat(server.get("/health", null).status()).isEqualTo(200);
    assertThat(server.get("/livez", null).json().path("status").asString()).isEqualTo("ok");
    assertThat(server.get("/readyz", null).json().path("status").asString()).isEqualTo("ok");
  }

  @Test
  void readinessWaitsForTheModel() {
    try (TestServer other =
        TestServer.withRealEngine("--penstock.model=missing=/nowhere/at/all.gguf")) {
      TestServer.Answer answer = other.get("/readyz", null);
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.json().path("reasons").isEmpty()).isFalse();
      assertThat(other.get("/livez", null).status()).isEqualTo(200);
      TestServer.await("the failure", () -> state(other).equals("failed") ? true : null);
      JsonNode model =
          other.get("/admin/overview", TestServer.ADMIN_KEY).json().path("models").get(0);
      assertThat(model.path("detail").asString()).contains("/nowhere/at/all.gguf");
      TestServer.Answer call =
          other.post("/v1/completions", "{\"model\": \"missing\", \"prompt\": \"a\"}");
      assertThat(call.status()).isEqualTo(404);
      assertThat(call.text()).doesNotContain("/nowhere");
      assertThat(other.get("/readyz", null).status()).isEqualTo(503);
    }
  }

  @Test
  void anEngineThatLostItsDeviceIsNotReady() {
    server.engine().lose("The device failed: gone");
    TestServer.Answer answer = server.get("/readyz", null);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.json().path("reasons").get(0).asString())
        .isEqualTo("model fake-model takes no requests: The device failed: gone");
    server.engine().reset();
    assertThat(server.get("/readyz", null).status()).isEqualTo(200);
  }

  private static String state(TestServer server) {
    return server
        .get("/admin/overview", TestServer.ADMIN_KEY)
        .json()
        .path("models")
        .get(0)
        .path("state")
        .asString();
  }

  @Test
  void overviewShowsModelsAndHealth() {
    JsonNode overview = server.get("/admin/overview", TestServer.ADMIN_KEY).json();
    assertThat(overview.path("status").asString()).isEqualTo("ok");
    JsonNode model = overview.path("models").get(0);
    assertThat(model.path("id").asString()).isEqualTo("fake-model");
    assertThat(model.path("state").asString()).isEqualTo("ready");
    assertThat(model.path("description").path("backend").asString()).isEqualTo("fake");
    assertThat(model.path("load").path("kv_blocks_total").intValue()).isEqualTo(100);
  }

  @Test
  void metricsCountByModelAndTenant() {
    server.post(
        "/v1/chat/completions",
        "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");

    String metrics = server.get("/metrics", null).text();
    assertThat(metrics)
        .contains("penstock_num_requests_running{model=\"fake-model\"}")
        .contains("penstock_kv_cache_usage_ratio{model=\"fake-model\"}")
        .contains(
            "penstock_time_to_first_token_seconds_bucket{model=\"fake-model\",tier=\"default\",le=\"0.005\"}")
        .contains("penstock_inter_token_latency_seconds_bucket{model=\"fake-model\"")
        .containsPattern(
            "penstock_generation_tokens_total\\{model=\"fake-model\",tenant=\"default\"} [1-9]")
        .containsPattern(
            "penstock_compute_seconds_total\\{model=\"fake-model\",tenant=\"default\"} ([1-9]|0\\.[0-9]*[1-9])")
        .contains("penstock_kv_cache_gib_seconds_total{model=\"fake-model\",tenant=\"default\"}")
        .contains("penstock_tier_requests_waiting{model=\"fake-model\",tier=\"flex\"} 0.0")
        .contains("penstock_prefix_cache_hit_tokens_total{model=\"fake-model\"} 0.0")
        .contains("penstock_time_to_first_token_late_total{model=\"fake-model\",tier=\"default\"}")
        .contains("penstock_engine_host_seconds_total{model=\"fake-model\"} 1.0")
        .contains("penstock_engine_device_wait_seconds_total{model=\"fake-model\"} 2.0")
        .contains("penstock_gpu_memory_used_bytes{model=\"fake-model\"}")
        .contains("penstock_gpu_utilization_ratio{model=\"fake-model\"} 0.5")
        .contains("penstock_gpu_power_watts{model=\"fake-model\"} NaN")
        .contains("jvm_memory_used_bytes");
  }

  @Test
  void theApiIsDescribed() {
    JsonNode description = server.get("/v3/api-docs", null).json();
    assertThat(description.path("paths").has("/v1/chat/completions")).isTrue();
    assertThat(
            description
                .path("components")
                .path("schemas")
                .path("ChatCompletionRequest")
                .path("properties")
                .has("max_completion_tokens"))
        .isTrue();
    assertThat(description.path("components").path("securitySchemes").isEmpty()).isFalse();
    assertThat(server.get("/swagger-ui.html", null).status()).isIn(200, 302);
  }

  @Test
  void theConsoleIsServed() {
    TestServer.Answer redirect = server.get("/console", null);
    assertThat(redirect.status()).isEqualTo(307);
    assertThat(redirect.header("location")).isEqualTo("console/");
    TestServer.Answer page = server.get("/console/", null);
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("content-type")).startsWith("text/html");
    java.util.regex.Matcher script =
        java.util.regex.Pattern.compile("src=\"\\./(assets/[^\"]+\\.js)\"").matcher(page.text());
    assertThat(script.find()).as(page.text()).isTrue();
    TestServer.Answer asset = server.get("/console/" + script.group(1), null);
    assertThat(asset.status()).isEqualTo(200);
    assertThat(asset.header("content-type")).contains("javascript");
    assertThat(server.get("/console/nothing.js", null).status()).isEqualTo(404);
  }

  @Test
  void everyAnswerCarriesSecurityHeaders() {
    for (String path : new String[] {"/health", "/nowhere", "/v1/models"}) {
      TestServer.Answer answer = server.get(path, null);
      assertThat(answer.header("content-security-policy")).contains("default-src 'none'");
      assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
      assertThat(answer.header("x-frame-options")).isEqualTo("DENY");
      assertThat(answer.header("x-request-id")).startsWith("req_");
    }
  }
}
