package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.StructuredChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import io.penstock.api.testing.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** OpenAI's own Java client: tools and outputs of Java classes, responses, files and batches. */
class OpenAiJavaMoreTest {
  private final OpenAIClient client =
      OpenAIOkHttpClient.builder().baseUrl(TinyModel.url() + "/v1").apiKey(TinyModel.key()).build();

  /** What a random model can write in few tokens. */
  public enum Mood {
    GOOD,
    BAD
  }

  public static class Answer {
    public Mood mood;
  }

  @com.fasterxml.jackson.annotation.JsonTypeName("tell_mood")
  @com.fasterxml.jackson.annotation.JsonClassDescription("Tells the mood")
  public static class TellMood {
    public Mood mood;
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder()
        .model(TinyModel.ID)
        .addUserMessage("Hi")
        .temperature(0.0)
        .maxCompletionTokens(80);
  }

  @Test
  void outputsAreJavaObjects() {
    Answer answer =
        client
            .chat()
            .completions()
            .create(chat().responseFormat(Answer.class).build())
            .choices()
            .getFirst()
            .message()
            .content()
            .orElseThrow();
    assertThat(answer.mood).isNotNull();
  }

  @Test
  void toolsAreJavaClasses() {
    ChatCompletionMessageToolCall call =
        client
            .chat()
            .completions()
            .create(
                chat()
                    .addTool(TellMood.class)
                    .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                    .build())
            .choices()
            .getFirst()
            .message()
            .toolCalls()
            .orElseThrow()
            .getFirst();
    assertThat(call.asFunction().function().name()).isEqualTo("tell_mood");
    assertThat(call.asFunction().function().arguments(TellMood.class).mood).isNotNull();
  }

  @Test
  void respondsAndGoesOn() {
    Response first =
        client
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model(TinyModel.ID)
                    .input("Hi")
                    .maxOutputTokens(16)
                    .build());
    first.validate();
    ResponseAccumulator accumulator = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream =
        client
            .responses()
            .createStreaming(
                ResponseCreateParams.builder()
                    .model(TinyModel.ID)
                    .input("And?")
                    .previousResponseId(first.id())
                    .maxOutputTokens(16)
                    .build())) {
      stream.stream()
          .forEach(
              event -> {
                event.validate();
                accumulator.accumulate(event);
              });
    }
    Response second = accumulator.response();
    assertThat(second.previousResponseId()).contains(first.id());
    assertThat(second.usage().orElseThrow().inputTokens())
        .isGreaterThan(first.usage().orElseThrow().inputTokens());
    client.responses().delete(first.id());
    assertThatThrownBy(() -> client.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void streamedOutputsAreJavaObjectsToo() {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    StructuredChatCompletionCreateParams<Answer> params =
        chat().responseFormat(Answer.class).build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(accumulator::accumulate);
    }
    Answer answer =
        accumulator
            .chatCompletion(Answer.class)
            .choices()
            .getFirst()
            .message()
            .content()
            .orElseThrow();
    assertThat(answer.mood).isNotNull();
  }

  @Test
  void streamedCallsAreWhole() {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(
                chat()
                    .addTool(TellMood.class)
                    .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                    .build())) {
      stream.stream().forEach(accumulator::accumulate);
    }
    ChatCompletionMessageToolCall call =
        accumulator
            .chatCompletion()
            .choices()
            .getFirst()
            .message()
            .toolCalls()
            .orElseThrow()
            .getFirst();
    assertThat(call.asFunction().function().arguments(TellMood.class).mood).isNotNull();
  }

  @Test
  void responsesAreJavaObjects() {
    Answer answer =
        client
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model(TinyModel.ID)
                    .input("Hi")
                    .maxOutputTokens(80)
                    .text(Answer.class)
                    .build())
            .output()
            .stream()
            .flatMap(item -> item.message().stream())
            .flatMap(message -> message.content().stream())
            .flatMap(content -> content.outputText().stream())
            .findFirst()
            .orElseThrow();
    assertThat(answer.mood).isNotNull();
  }

  @Test
  void runsBatchesOfAnyEndpoint() throws IOException {
    assertThat(
            ran(
                "/v1/chat/completions",
                BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS,
                "\"max_tokens\": 3, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]"))
        .contains("chat.completion");
    assertThat(ran("/v1/embeddings", BatchCreateParams.Endpoint.V1_EMBEDDINGS, "\"input\": \"Hi\""))
        .contains("\"embedding\":[");
    assertThat(
            ran(
                "/v1/responses",
                BatchCreateParams.Endpoint.V1_RESPONSES,
                "\"input\": \"Hi\", \"max_output_tokens\": 4"))
        .contains("\"object\":\"response\"");
  }

  private String ran(String url, BatchCreateParams.Endpoint endpoint, String body)
      throws IOException {
    String line =
        """
        {"custom_id": "a", "method": "POST", "url": "%s", "body": {"model": "tiny", %s}}
        """
            .formatted(url, body);
    FileObject file =
        client
            .files()
            .create(
                FileCreateParams.builder()
                    .file(
                        MultipartField.<InputStream>builder()
                            .value(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)))
                            .filename("in.jsonl")
                            .build())
                    .purpose(FilePurpose.BATCH)
                    .build());
    Batch begun =
        client
            .batches()
            .create(
                BatchCreateParams.builder()
                    .inputFileId(file.id())
                    .endpoint(endpoint)
                    .completionWindow(BatchCreateParams.CompletionWindow._24H)
                    .build());
    Batch done =
        TestServer.await(
            "the batch",
            () -> {
              Batch batch = client.batches().retrieve(begun.id());
              return batch.status().equals(Batch.Status.COMPLETED) ? batch : null;
            });
    done.validate();
    try (HttpResponse content = client.files().content(done.outputFileId().orElseThrow())) {
      String output = new String(content.body().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(output).contains("\"custom_id\":\"a\"");
      return output;
    }
  }
}
