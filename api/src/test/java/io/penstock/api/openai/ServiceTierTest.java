package io.penstock.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.core.ServiceTier;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ServiceTierTest {
  private static final String ALL_TIERS =
      "\"tiers\": [\"priority\", \"default\", \"flex\", \"batch\"]";
  private static final String CHAT =
      "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"max_tokens\": 3";
  private static final String TEXT = "\"prompt\": \"Hi\", \"max_tokens\": 3";
  private final TestServer server = TestServer.fake();

  private TestServer.Answer post(String key, boolean chat, String more) {
    return server.post(
        chat ? "/v1/chat/completions" : "/v1/completions",
        key,
        "{\"model\": \"fake-model\", " + (chat ? CHAT : TEXT) + more + "}");
  }

  private static String tier(String name) {
    return ", \"service_tier\": \"%s\"".formatted(name);
  }

  private GenerateRequest submitted() {
    return server.engine().submitted().getLast();
  }

  @ParameterizedTest
  @CsvSource({
    "priority, PRIORITY, priority",
    "fast, PRIORITY, priority",
    "default, DEFAULT, default",
    "flex, FLEX, flex",
    "auto, DEFAULT, default",
  })
  void theTierThatServesIsShown(String asked, ServiceTier served, String shown) {
    String key = server.newTenant(ALL_TIERS).key();
    for (boolean chat : new boolean[] {true, false}) {
      TestServer.Answer answer = post(key, chat, tier(asked));
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.json().path("service_tier").asString()).isEqualTo(shown);
      assertThat(submitted().tier()).isEqualTo(served);
      assertThat(server.usage(answer.header("x-request-id")).path("service_tier").asString())
          .isEqualTo(shown);

      String streamed = ", \"stream\": true, \"stream_options\": {\"include_usage\": true}";
      TestServer.Answer stream = post(key, chat, tier(asked) + streamed);
      assertThat(stream.events())
          .hasSizeGreaterThanOrEqualTo(2)
          .allSatisfy(e -> assertThat(e.path("service_tier").asString()).isEqualTo(shown));
    }
  }

  @Test
  void autoIsWhatThePlanSays() {
    TestServer.Tenant tenant = server.newTenant(ALL_TIERS + ", \"auto_tier\": \"priority\"");
    assertThat(post(tenant.key(), true, "").json().path("service_tier").asString())
        .isEqualTo("priority");

    server.put("/admin/plans/" + tenant.name(), "{\"auto_tier\": \"flex\"}");

    assertThat(post(tenant.key(), false, tier("auto")).json().path("service_tier").asString())
        .isEqualTo("flex");
    JsonNode answer = post(tenant.key(), true, ", \"service_tier\": null").json();
    assertThat(answer.path("service_tier").asString()).isEqualTo("flex");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTierOutsideThePlanIsRefusedWithTheFix(boolean chat) {
    TestServer.Answer answer = post(TestServer.API_KEY, chat, tier("priority"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.error().path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(answer.error().path("code").asString()).isEqualTo("service_tier_not_allowed");
    assertThat(answer.error().path("param").asString()).isEqualTo("service_tier");
    assertThat(answer.error().path("message").asString())
        .contains("standard", "'priority'", "default, flex");
    assertThat(server.engine().submitted()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"batch\"", "\"gold\"", "\"scale\"", "\"Default\"", "\"\"", "1", "[]"})
  void whatIsNoInteractiveTierIs400(String value) {
    String key = server.newTenant(ALL_TIERS).key();
    for (boolean chat : new boolean[] {true, false}) {
      TestServer.Answer answer = post(key, chat, ", \"service_tier\": " + value);
      assertThat(answer.status()).as(value).isEqualTo(400);
      assertThat(answer.error().path("param").asString()).isEqualTo("service_tier");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-2147483648, -5, 0, 7, 2147483647})
  void priorityReachesTheScheduler(int priority) {
    for (boolean chat : new boolean[] {true, false}) {
      assertThat(post(TestServer.API_KEY, chat, ", \"priority\": " + priority).status())
          .isEqualTo(200);
      assertThat(submitted().priority()).isEqualTo(priority);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483648", "-99999999999999999999", "1.5", "\"1\"", "true"})
  void priorityIsAnInteger(String value) {
    TestServer.Answer answer = post(TestServer.API_KEY, true, ", \"priority\": " + value);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo("priority");
  }

  private TestServer.Answer withDeadline(String value, boolean chat) {
    return server.send(
        server
            .request(chat ? "/v1/chat/completions" : "/v1/completions", TestServer.API_KEY)
            .header("Content-Type", "application/json")
            .header("x-request-deadline-ms", value)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"model\": \"fake-model\", " + (chat ? CHAT : TEXT) + "}"))
            .build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "soon", "1.5", "1e3", "86400001", "99999999999999999999", ""})
  void aDeadlineIsAPositiveNumberOfMilliseconds(String value) {
    for (boolean chat : new boolean[] {true, false}) {
      TestServer.Answer answer = withDeadline(value, chat);
      assertThat(answer.status()).as(value).isEqualTo(400);
      assertThat(answer.error().path("param").asString()).isEqualTo("x-request-deadline-ms");
      assertThat(answer.error().path("message").asString()).contains("1 to 86400000");
    }
  }

  /** One that has passed by the time the tokens are counted does not reach the engine. */
  @Test
  void aDeadlineIsMetOrRefused() {
    assertThat(withDeadline("20000", true).status()).isEqualTo(200);
    long left = submitted().deadline().toMillis();
    assertThat(left).isPositive().isLessThanOrEqualTo(20_000);
    assertThat(post(TestServer.API_KEY, true, "").status()).isEqualTo(200);
    assertThat(submitted().deadline()).isNull();
  }

  @Test
  void theApiDescriptionHasTheFields() {
    JsonNode api = server.get("/v3/api-docs", null).json();
    for (String schema : new String[] {"ChatCompletionRequest", "CompletionRequest"}) {
      JsonNode fields = api.path("components").path("schemas").path(schema).path("properties");
      assertThat(fields.path("service_tier").path("enum").toString())
          .isEqualTo("[\"auto\",\"default\",\"flex\",\"priority\"]");
      assertThat(fields.path("priority").path("type").asString()).isEqualTo("integer");
    }
    for (String path : new String[] {"/v1/chat/completions", "/v1/completions"}) {
      JsonNode responses = api.path("paths").path(path).path("post").path("responses");
      assertThat(responses.propertyNames()).contains("200", "400", "403", "429", "503");
      assertThat(responses.path("503").path("headers").has("retry-after-ms")).isTrue();
      assertThat(responses.path("200").path("content").has("text/event-stream")).isTrue();
    }
    JsonNode header =
        api.path("paths").path("/v1/completions").path("post").path("parameters").get(0);
    assertThat(header.path("name").asString()).isEqualTo("x-request-deadline-ms");
    assertThat(header.path("in").asString()).isEqualTo("header");
    assertThat(api.path("paths").has("/admin/plans/{name}")).isTrue();
  }
}
