package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.InternalServerException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.penstock.api.testing.FakeEngine;
import io.penstock.api.testing.TestServer;
import io.penstock.engine.client.GenerateEvent.Rejected;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What OpenAI's own Java client does when a request is refused for lack of room. */
class OpenAiRetryTest {
  private static final TestServer SERVER = TestServer.withFakeEngine();
  private static final Duration WAIT = Duration.ofMillis(700);

  private final FakeEngine engine = SERVER.engine();

  @BeforeEach
  void reset() {
    engine.reset();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static ChatCompletion ask(int maxRetries) {
    try (Closing client = new Closing(maxRetries)) {
      return client
          .client
          .chat()
          .completions()
          .create(
              ChatCompletionCreateParams.builder()
                  .model(TestServer.MODEL)
                  .addUserMessage("Hi")
                  .maxCompletionTokens(3)
                  .build());
    }
  }

  private record Closing(OpenAIClient client) implements AutoCloseable {
    Closing(int maxRetries) {
      this(
          OpenAIOkHttpClient.builder()
              .baseUrl(SERVER.url() + "/v1")
              .apiKey(TestServer.API_KEY)
              .maxRetries(maxRetries)
              .build());
    }

    @Override
    public void close() {
      client.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"QUEUE_FULL", "TENANT_QUEUE_FULL"})
  void itComesAgainWhenItIsTold(Rejected.Cause cause) {
    engine.refuse(new Rejected(cause, "full.", WAIT.toNanos()));
    CompletableFuture<Void> room =
        CompletableFuture.runAsync(
            () -> {
              TestServer.await("an attempt", () -> engine.submitted().isEmpty() ? null : true);
              engine.refuse(null);
            });
    long begun = System.nanoTime();

    ChatCompletion answer = ask(2);

    room.join();
    assertThat(answer.choices().getFirst().message().content()).contains("abc");
    assertThat(engine.submitted()).hasSize(2);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(WAIT);
  }

  @Test
  void itGivesUpAndTellsWhy() {
    engine.refuse(new Rejected(Rejected.Cause.QUEUE_FULL, "full.", 1_000_000));
    assertThatThrownBy(() -> ask(2))
        .isInstanceOfSatisfying(
            InternalServerException.class,
            e -> {
              assertThat(e.statusCode()).isEqualTo(503);
              assertThat(e.code()).contains("server_is_overloaded");
            });
    assertThat(engine.submitted()).hasSize(3);
    engine.reset();
    engine.refuse(new Rejected(Rejected.Cause.TENANT_QUEUE_FULL, "full.", 1_000_000));
    assertThatThrownBy(() -> ask(0))
        .isInstanceOfSatisfying(
            RateLimitException.class, e -> assertThat(e.code()).contains("rate_limit_exceeded"));
  }

  /** It would come sooner than it is told: it never waits for more than a minute. */
  @Test
  void itDoesNotComeAgainWhereTheWaitIsLong() {
    engine.refuse(
        new Rejected(Rejected.Cause.QUEUE_FULL, "full.", Duration.ofMinutes(3).toNanos()));
    assertThatThrownBy(() -> ask(5))
        .isInstanceOfSatisfying(
            OpenAIServiceException.class,
            e -> assertThat(e.headers().values("x-should-retry")).containsExactly("false"));
    assertThat(engine.submitted()).hasSize(1);
  }

  @Test
  void itDoesNotComeAgainAfterItsOwnMistakes() {
    engine.refuse(new Rejected(Rejected.Cause.DEADLINE, "late.", 0));
    assertThatThrownBy(() -> ask(5)).isInstanceOf(OpenAIServiceException.class);
    assertThat(engine.submitted()).hasSize(1);
  }
}
