package io.penstock.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import tools.jackson.databind.JsonNode;

/** A request as the console shows it: while it runs, when it has ended, and when it is refused. */
@TestInstance(Lifecycle.PER_CLASS)
class RequestsTest {
  private static final String CHAT =
      """
      {"model": "fake-model", "max_tokens": 5, "ignore_eos": true,
       "messages": [{"role": "user", "content": "Hi"}]}
      """;

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.withFakeEngine();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private Answer get(String path) {
    return server.get(path, TestServer.ADMIN_KEY);
  }

  private JsonNode eventually(String path, java.util.function.Predicate<JsonNode> is) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    JsonNode json = get(path).json();
    while (!is.test(json) && System.nanoTime() < end) {
      Thread.onSpinWait();
      json = get(path).json();
    }
    assertThat(is.test(json)).as(json.toString()).isTrue();
    return json;
  }

  @Test
  void whatWasBookedIsWhatIsShown() {
    Answer chat = server.post("/v1/chat/completions", TestServer.API_KEY, CHAT);
    assertThat(chat.status()).as(chat.text()).isEqualTo(200);
    String id = chat.header("x-request-id");

    JsonNode page =
        eventually(
            "/admin/requests", p -> p.path("data").path(0).path("id").asString("").equals(id));
    JsonNode row = page.path("data").get(0);
    JsonNode detail = get("/admin/requests/" + id).json();

    assertThat(row.path("id").asString()).isEqualTo(id);
    assertThat(row.path("completion_tokens").asInt())
        .isEqualTo(chat.json().path("usage").path("completion_tokens").asInt());
    assertThat(detail.path("booked")).isEqualTo(row);
    assertThat(detail.path("timeline").path("steps").get(0).path("kind").asString())
        .isEqualTo("prefill");
    assertThat(get("/admin/requests?status=error").json().path("data").size()).isZero();
    assertThat(get("/admin/requests?limit=0").status()).isEqualTo(400);
  }

  @Test
  void embeddingsAreShownLikeOthers() {
    Answer embedded =
        server.post(
            "/v1/embeddings",
            TestServer.API_KEY,
            "{\"model\": \"fake-model\", \"input\": [\"one\", \"three\"]}");
    String id = embedded.header("x-request-id");
    JsonNode detail =
        eventually("/admin/requests/" + id, d -> d.path("booked").path("id").isString());
    JsonNode booked = detail.path("booked");
    assertThat(booked.path("endpoint").asString()).isEqualTo("/v1/embeddings");
    assertThat(booked.path("prompt_tokens").asInt()).isEqualTo(8);
    assertThat(booked.path("choices").asInt()).isEqualTo(2);
    assertThat(booked.path("status").asString()).isEqualTo("stop");
    assertThat(detail.path("timeline").isObject()).as(detail.toString()).isTrue();
    eventually("/admin/requests/running", p -> p.path("total").asInt() == 0);
  }

  @Test
  void oneThatRunsIsListedAndCanBeCancelled() {
    server.engine().pause();
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(
            () -> server.post("/v1/chat/completions", TestServer.API_KEY, CHAT));
    JsonNode running = eventually("/admin/requests/running", p -> p.path("total").asInt() == 1);
    String id = running.path("data").get(0).path("id").asString();

    assertThat(running.path("data").get(0).path("status").asString()).isEqualTo("waiting");
    assertThat(get("/admin/requests/" + id).json().path("running").path("id").asString())
        .isEqualTo(id);
    assertThat(
            server.post("/admin/requests/" + id + "/cancel", TestServer.ADMIN_KEY, "{}").status())
        .isEqualTo(202);
    server.engine().resume();

    assertThat(answer.join().status()).isEqualTo(503);
    eventually("/admin/requests/running", p -> p.path("total").asInt() == 0);
    assertThat(
            server.post("/admin/requests/" + id + "/cancel", TestServer.ADMIN_KEY, "{}").status())
        .isIn(404, 409); // 404 until it is booked
  }
}
