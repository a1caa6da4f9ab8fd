package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

/** OpenAI's own Java client against a real model. */
class OpenAiJavaClientTest {
  private final OpenAIClient client = client(TinyModel.key());

  private static OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(TinyModel.url() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder()
        .model(TinyModel.ID)
        .addSystemMessage("Be brief.")
        .addUserMessage("Hi")
        .temperature(0.0)
        .maxCompletionTokens(8)
        .putAdditionalBodyProperty("ignore_eos", JsonValue.from(true));
  }

  @Test
  void listsModels() {
    List<Model> models = client.models().list().data();
    assertThat(models).extracting(Model::id).contains(TinyModel.ID);
    assertThat(client.models().retrieve(TinyModel.ID).ownedBy()).isEqualTo("penstock");
  }

  @Test
  void completesAChat() {
    ChatCompletion answer =
        client.chat().completions().create(chat().logprobs(true).topLogprobs(2).build());

    ChatCompletion.Choice choice = answer.choices().getFirst();
    assertThat(choice.message().content()).isPresent();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
    assertThat(choice.logprobs().orElseThrow().content().orElseThrow()).hasSize(8);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(8);
    answer.validate();
  }

  @Test
  void embeds() {
    EmbeddingCreateParams.Builder params =
        EmbeddingCreateParams.builder()
            .model(TinyModel.ID)
            .inputOfArrayOfStrings(List.of("one", "two"));
    CreateEmbeddingResponse answer = client.embeddings().create(params.build());
    CreateEmbeddingResponse short_ = client.embeddings().create(params.dimensions(4).build());

    assertThat(answer.data()).hasSize(2);
    assertThat(answer.usage().promptTokens()).isPositive();
    assertThat(length(answer.data().get(1).embedding())).isCloseTo(1, within(1e-5));
    assertThat(short_.data().getFirst().embedding()).hasSize(4);
    assertThat(length(short_.data().getFirst().embedding())).isCloseTo(1, within(1e-5));
    answer.validate();
  }

  private static double length(List<Float> vector) {
    return Math.sqrt(vector.stream().mapToDouble(v -> (double) v * v).sum());
  }

  @Test
  void streamsAChat() {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(
                chat()
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      stream.stream()
          .forEach(
              chunk -> {
                chunk.validate();
                accumulator.accumulate(chunk);
              });
    }
    ChatCompletion whole = client.chat().completions().create(chat().build());

    ChatCompletion streamed = accumulator.chatCompletion();
    assertThat(streamed.choices().getFirst().message().content())
        .isEqualTo(whole.choices().getFirst().message().content());
    assertThat(streamed.usage().orElseThrow().completionTokens()).isEqualTo(8);
  }

  @Test
  void completesText() {
    Completion answer =
        client
            .completions()
            .create(
                CompletionCreateParams.builder()
                    .model(TinyModel.ID)
                    .promptOfArrayOfStrings(List.of("one", "two"))
                    .maxTokens(5)
                    .temperature(0.0)
                    .putAdditionalBodyProperty("ignore_eos", JsonValue.from(true))
                    .build());

    assertThat(answer.choices()).hasSize(2);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(10);
    answer.validate();
  }

  @Test
  void namesTheTierThatServed() {
    ChatCompletion answer =
        client
            .chat()
            .completions()
            .create(
                chat()
                    .serviceTier(ChatCompletionCreateParams.ServiceTier.FLEX)
                    .putAdditionalHeader("x-request-deadline-ms", "60000")
                    .build());
    assertThat(answer.serviceTier()).contains(ChatCompletion.ServiceTier.FLEX);
    assertThat(client.chat().completions().create(chat().build()).serviceTier())
        .contains(ChatCompletion.ServiceTier.DEFAULT);
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .create(
                        chat()
                            .serviceTier(ChatCompletionCreateParams.ServiceTier.PRIORITY)
                            .build()))
        .isInstanceOfSatisfying(
            PermissionDeniedException.class, e -> assertThat(e.param()).contains("service_tier"));
  }

  @Test
  void understandsErrors() {
    assertThatThrownBy(() -> client.chat().completions().create(chat().model("none").build()))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.code()).contains("model_not_found"));
    assertThatThrownBy(() -> client.chat().completions().create(chat().temperature(9.0).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.param()).contains("temperature"));
    assertThatThrownBy(() -> client("sk-wrong").models().list())
        .isInstanceOfSatisfying(
            UnauthorizedException.class, e -> assertThat(e.code()).contains("invalid_api_key"));
  }
}
