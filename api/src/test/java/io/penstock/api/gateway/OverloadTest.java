package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OverloadTest {
  private static final String BODY =
      "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"stream\": %s}";
  private final TestServer server = TestServer.fake();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFullQueueIs503WithRetryAfter(boolean stream) {
    server.engine().capacity(0);

    TestServer.Answer answer = server.post("/v1/chat/completions", BODY.formatted(stream));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(Integer.parseInt(answer.header("retry-after"))).isBetween(1, 60);
    assertThat(answer.error().path("code").asString()).isEqualTo("server_is_overloaded");
    assertThat(answer.error().path("type").asString()).isEqualTo("service_unavailable_error");
    assertThat(answer.error().path("message").asString()).contains("fake-model", "full");
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("finish_reason").asString()).isEqualTo("rejected");
    assertThat(row.path("prompt_tokens").intValue()).isZero();

    server.engine().reset();
    assertThat(server.post("/v1/chat/completions", BODY.formatted(stream)).status()).isEqualTo(200);
  }

  /** One of several prompts does not fit: the whole request is refused, the others are stopped. */
  @Test
  void partOfARequestIsNoAnswer() {
    server.engine().capacity(1);

    TestServer.Answer answer =
        server.post(
            "/v1/completions",
            "{\"model\": \"fake-model\", \"prompt\": [\"a\", \"b\"], \"max_tokens\": 400}");

    assertThat(answer.status()).isEqualTo(503);
    TestServer.await("an idle engine", () -> server.engine().active() == 0 ? true : null);
    server.usage(answer.header("x-request-id"));
  }

  @Test
  void retryAfterFollowsTheRateOfCompletions() {
    CompletionRate rate = new CompletionRate();
    long second = Duration.ofSeconds(1).toNanos();
    assertThat(rate.untilNext(5 * second)).isEqualTo(Duration.ofSeconds(1));
    for (int i = 1; i <= 20; i++) {
      rate.completed(4L * i * second);
    }
    assertThat(rate.untilNext(80 * second)).isEqualTo(Duration.ofSeconds(4));
    assertThat(rate.untilNext(100 * second)).isEqualTo(Duration.ofSeconds(10));
    assertThat(rate.untilNext(10_000 * second)).isEqualTo(Duration.ofSeconds(60));
  }
}
