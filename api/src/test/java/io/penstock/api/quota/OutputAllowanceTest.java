package io.penstock.api.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OutputAllowanceTest {
  private static final String CHAT =
      "{\"model\": \"fake-model\", \"max_tokens\": %d, \"stream\": %s, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";
  private static final String TEXT =
      "{\"model\": \"fake-model\", \"max_tokens\": %d, \"stream\": %s, \"prompt\": \"Hi\"}";
  private final TestServer server = TestServer.fake();

  private TestServer.Tenant limited(int tokensPerMinute) {
    return server.newTenant("\"max_output_tokens_per_minute\": " + tokensPerMinute);
  }

  private TestServer.Answer chat(TestServer.Tenant tenant, int maxTokens, boolean stream) {
    return server.post("/v1/chat/completions", tenant.key(), CHAT.formatted(maxTokens, stream));
  }

  private static void endedByBudget(JsonNode choice) {
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");
    assertThat(choice.path("error").path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(choice.path("error").path("type").asString()).isEqualTo("tokens");
    assertThat(choice.path("error").path("message").asString()).contains("Limit 10, Used 10");
  }

  @Test
  void aStreamEndsWithItsLastTokenAndSaysWhy() {
    TestServer.Tenant tenant = limited(10);

    TestServer.Answer answer = chat(tenant, 25, true);

    List<JsonNode> events = answer.events();
    StringBuilder text = new StringBuilder();
    events.forEach(
        e -> text.append(e.path("choices").get(0).path("delta").path("content").asString("")));
    assertThat(text.toString()).isEqualTo("abcdefghij");
    endedByBudget(events.getLast().path("choices").get(0));
    events
        .subList(0, events.size() - 1)
        .forEach(e -> assertThat(e.path("choices").get(0).has("error")).isFalse());
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("completion_tokens").intValue()).isEqualTo(10);
    assertThat(row.path("finish_reason").asString()).isEqualTo("length");
    assertThat(row.path("error_code").asString()).isEqualTo("rate_limit_exceeded");
  }

  @Test
  void anAnswerInOnePieceSaysSoToo() {
    JsonNode chat = chat(limited(10), 25, false).json();
    endedByBudget(chat.path("choices").get(0));
    assertThat(chat.path("usage").path("completion_tokens").intValue()).isEqualTo(10);

    TestServer.Tenant tenant = limited(10);
    JsonNode text = server.post("/v1/completions", tenant.key(), TEXT.formatted(25, false)).json();
    assertThat(text.path("choices").get(0).path("text").asString()).isEqualTo("abcdefghij");
    endedByBudget(text.path("choices").get(0));

    List<JsonNode> events =
        server.post("/v1/completions", limited(10).key(), TEXT.formatted(25, true)).events();
    endedByBudget(events.getLast().path("choices").get(0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whenItIsUsedUpRequestsAreRefusedUntilTheMinuteIsOver(boolean stream) {
    TestServer.Tenant tenant = limited(10);
    assertThat(chat(tenant, 10, stream).status()).isEqualTo(200);

    TestServer.Answer refused = chat(tenant, 1, stream);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.error().path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(refused.error().path("type").asString()).isEqualTo("tokens");
    assertThat(refused.error().path("message").asString()).contains(tenant.name(), "Used 10");
    long millis = Long.parseLong(refused.header("retry-after-ms"));
    assertThat(millis).isBetween(30_000L, 61_000L); // slices of a second
    assertThat(Long.parseLong(refused.header("retry-after"))).isEqualTo((millis + 999) / 1000);
    assertThat(refused.header("x-should-retry")).isEqualTo("true");
    assertThat(server.post("/v1/chat/completions", CHAT.formatted(1, stream)).status())
        .as("another tenant")
        .isEqualTo(200);

    server.put("/admin/plans/" + tenant.name(), "{\"max_output_tokens_per_minute\": 11}");
    assertThat(chat(tenant, 1, stream).status()).as("a larger allowance").isEqualTo(200);
    assertThat(chat(tenant, 1, stream).status()).isEqualTo(429);
  }

  @Test
  void anAnswerThatEndsByItselfHasNoError() {
    JsonNode choice = chat(limited(10), 10, false).json().path("choices").get(0);
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");
    assertThat(choice.has("error")).isFalse();
  }

  /** Streams that share an allowance, and choices of one request, get exactly as much together. */
  @Test
  void togetherTheyGetAsMuchAsIsAllowed() throws ExecutionException, InterruptedException {
    TestServer.Tenant tenant = limited(70);
    server.engine().stepNanos(1_000_000);
    List<Callable<Long>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      boolean stream = i % 2 == 0;
      String body = CHAT.formatted(25, stream).replace("{\"model\"", "{\"n\": 2, \"model\"");
      calls.add(
          () -> {
            TestServer.Answer answer = server.post("/v1/chat/completions", tenant.key(), body);
            return answer.status() == 200
                ? server.usage(answer.header("x-request-id")).path("completion_tokens").longValue()
                : 0;
          });
    }
    long received = 0;
    try (ExecutorService clients = Executors.newFixedThreadPool(calls.size())) {
      for (Future<Long> call : clients.invokeAll(calls)) {
        received += call.get();
      }
    }
    server.engine().reset();

    assertThat(received).isEqualTo(70);
  }

  /** The choice has the error, so that clients read the stream to its end. */
  @Test
  void openAisClientReadsSuchAStream() {
    TestServer.Tenant tenant = limited(10);
    OpenAIClient client =
        OpenAIOkHttpClient.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey(tenant.key())
            .maxRetries(0)
            .build();
    ChatCompletionCreateParams request =
        ChatCompletionCreateParams.builder()
            .model("fake-model")
            .addUserMessage("Hi")
            .maxCompletionTokens(25)
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(request)) {
      List<ChatCompletionChunk> chunks = stream.stream().toList();
      ChatCompletionChunk.Choice last = chunks.getLast().choices().getFirst();
      assertThat(last.finishReason()).contains(ChatCompletionChunk.Choice.FinishReason.LENGTH);
      assertThat(last.toString()).contains("rate_limit_exceeded");
    }
    assertThatThrownBy(() -> client.chat().completions().create(request))
        .isInstanceOfSatisfying(
            RateLimitException.class, e -> assertThat(e.code()).contains("rate_limit_exceeded"));
  }
}
