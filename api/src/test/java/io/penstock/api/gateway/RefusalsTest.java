package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.engine.client.GenerateEvent.Rejected;
import io.penstock.engine.client.GenerateEvent.Rejected.Cause;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the engine refuses, as clients see it. */
class RefusalsTest {
  private static final String BODY =
      "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"stream\": %s}";
  private final TestServer server = TestServer.fake();

  private TestServer.Answer refusedBy(Cause cause, Duration retryAfter, boolean stream) {
    server.engine().refuse(new Rejected(cause, "the engine's words", retryAfter.toNanos()));
    TestServer.Answer answer = server.post("/v1/chat/completions", BODY.formatted(stream));
    server.engine().reset();
    return answer;
  }

  @ParameterizedTest
  @CsvSource({
    "QUEUE_FULL, 503, service_unavailable_error, server_is_overloaded",
    "TENANT_QUEUE_FULL, 429, requests, rate_limit_exceeded",
    "TENANT_QUEUE_TOKENS_FULL, 429, tokens, rate_limit_exceeded",
  })
  void whatIsFullSaysWhenThereIsRoom(Cause cause, int status, String type, String code) {
    for (boolean stream : new boolean[] {true, false}) {
      TestServer.Answer answer = refusedBy(cause, Duration.ofMillis(3400), stream);

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("retry-after-ms")).isEqualTo("3400");
      assertThat(answer.header("retry-after")).isEqualTo("4");
      assertThat(answer.header("x-should-retry")).isEqualTo("true");
      assertThat(answer.error().path("type").asString()).isEqualTo(type);
      assertThat(answer.error().path("code").asString()).isEqualTo(code);
      assertThat(answer.error().path("message").asString())
          .contains("fake-model", "3.4 s")
          .doesNotContain("null");
      assertThat(server.usage(answer.header("x-request-id")).path("error_code").asString())
          .isEqualTo(code);
    }
  }

  /** Clients shorten waits of more than two minutes to a second or so. */
  @Test
  void aLongWaitIsNotForClientsToTry() {
    TestServer.Answer answer = refusedBy(Cause.QUEUE_FULL, Duration.ofSeconds(300), false);
    assertThat(answer.header("retry-after")).isEqualTo("300");
    assertThat(answer.header("x-should-retry")).isEqualTo("false");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDeadlineThatCannotBeMet(boolean stream) {
    TestServer.Answer answer = refusedBy(Cause.DEADLINE, Duration.ZERO, stream);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.error().path("code").asString()).isEqualTo("deadline_unmeetable");
    assertThat(answer.error().path("param").asString()).isEqualTo("x-request-deadline-ms");
    assertThat(answer.error().path("message").asString()).contains("the engine's words");
    assertThat(answer.header("x-should-retry")).isEqualTo("false");
    assertThat(answer.header("retry-after")).isNull();
  }

  /** Headers are out by then: a stream ends with the error as its last event. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWaitedMayHaveToMakeRoom(boolean stream) throws ExecutionException, InterruptedException {
    server.engine().pause();
    CompletableFuture<TestServer.Answer> waiting =
        CompletableFuture.supplyAsync(
            () -> server.post("/v1/chat/completions", BODY.formatted(stream)));
    TestServer.await("the request", () -> server.engine().active() == 1 ? true : null);
    if (stream) {
      Thread.sleep(Duration.ofMillis(1200)); // longer than a stream waits for its first token
    }

    server
        .engine()
        .displaceAll(
            new Rejected(Cause.QUEUE_FULL, "others go first.", Duration.ofSeconds(2).toNanos()));

    TestServer.Answer answer = waiting.get();
    JsonNode error = stream ? answer.events().getLast().path("error") : answer.error();
    assertThat(answer.status()).isEqualTo(stream ? 200 : 503);
    assertThat(error.path("code").asString()).isEqualTo("server_is_overloaded");
    assertThat(error.path("message").asString()).contains("others go first.", "2.0 s");
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("finish_reason").asString()).isEqualTo("rejected");
    assertThat(row.path("error_code").asString()).isEqualTo("server_is_overloaded");
    server.engine().reset();
  }

  @Test
  void whatIsTooLongIsTheRequestsFault() {
    TestServer.Answer answer = refusedBy(Cause.TOO_LONG, Duration.ZERO, true);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("code").asString()).isEqualTo("context_length_exceeded");
    assertThat(answer.header("x-should-retry")).isNull();
  }

  @Test
  void refusalsAreCountedByCauseAndTier() {
    refusedBy(Cause.TENANT_QUEUE_FULL, Duration.ofSeconds(1), false);

    assertThat(server.get("/metrics", null).text())
        .containsPattern(
            "penstock_requests_refused_total\\{cause=\"rate_limit_exceeded\",model=\"fake-model\",tier=\"default\"} [1-9]");
  }
}
