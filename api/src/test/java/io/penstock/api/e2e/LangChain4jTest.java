package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** LangChain4j's client of OpenAI against a real model. */
class LangChain4jTest {
  private static final ToolSpecification TOOL =
      ToolSpecification.builder()
          .name("f")
          .description("Takes a size")
          .parameters(
              JsonObjectSchema.builder()
                  .addEnumProperty("size", List.of("small", "large"))
                  .required("size")
                  .build())
          .build();

  private final OpenAiChatModel model =
      OpenAiChatModel.builder()
          .baseUrl(TinyModel.url() + "/v1")
          .apiKey(TinyModel.key())
          .modelName(TinyModel.ID)
          .temperature(0.0)
          .maxCompletionTokens(60)
          .maxRetries(0)
          .build();

  @Test
  void chats() {
    ChatResponse answer =
        model.chat(ChatRequest.builder().messages(UserMessage.from("Hi")).build());
    assertThat(answer.aiMessage().text()).isNotNull();
    assertThat(answer.tokenUsage().outputTokenCount()).isPositive();
  }

  @Test
  void callsTools() {
    UserMessage question = UserMessage.from("Hi");
    AiMessage call =
        model
            .chat(
                ChatRequest.builder()
                    .messages(question)
                    .toolSpecifications(TOOL)
                    .toolChoice(ToolChoice.REQUIRED)
                    .build())
            .aiMessage();

    assertThat(call.hasToolExecutionRequests()).isTrue();
    var request = call.toolExecutionRequests().getFirst();
    assertThat(request.name()).isEqualTo("f");
    assertThat(JsonMapper.shared().readTree(request.arguments()).path("size").asString())
        .isIn("small", "large");
    ChatResponse answer =
        model.chat(
            ChatRequest.builder()
                .messages(question, call, ToolExecutionResultMessage.from(request, "7"))
                .toolSpecifications(TOOL)
                .build());
    assertThat(answer.tokenUsage().inputTokenCount()).isPositive();
  }

  @Test
  void embeds() {
    OpenAiEmbeddingModel embeddings =
        OpenAiEmbeddingModel.builder()
            .baseUrl(TinyModel.url() + "/v1")
            .apiKey(TinyModel.key())
            .modelName(TinyModel.ID)
            .maxRetries(0)
            .build();
    Response<List<Embedding>> answer =
        embeddings.embedAll(
            List.of(TextSegment.from("one"), TextSegment.from("two"), TextSegment.from("one")));
    assertThat(answer.content()).hasSize(3);
    assertThat(answer.content().getFirst()).isEqualTo(answer.content().getLast());
    assertThat(answer.content().get(1)).isNotEqualTo(answer.content().getLast());
    assertThat(answer.tokenUsage().inputTokenCount()).isPositive();
    assertThat(embeddings.dimension()).isEqualTo(answer.content().getFirst().dimension());
  }

  @Test
  void answersInASchema() {
    ChatResponse answer =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("Hi"))
                .responseFormat(
                    ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(
                            JsonSchema.builder()
                                .name("answer")
                                .rootElement(
                                    JsonObjectSchema.builder()
                                        .addEnumProperty("size", List.of("small", "large"))
                                        .required("size")
                                        .build())
                                .build())
                        .build())
                .build());
    assertThat(JsonMapper.shared().readTree(answer.aiMessage().text()).path("size").asString())
        .isIn("small", "large");
  }

  @Test
  void streamsToolCalls() throws Exception {
    ChatResponse whole =
        streamed(
            ChatRequest.builder()
                .messages(UserMessage.from("Hi"))
                .toolSpecifications(TOOL)
                .toolChoice(ToolChoice.REQUIRED)
                .build(),
            new StringBuilder());
    var request = whole.aiMessage().toolExecutionRequests().getFirst();
    assertThat(request.name()).isEqualTo("f");
    assertThat(JsonMapper.shared().readTree(request.arguments()).path("size").asString())
        .isIn("small", "large");
  }

  @Test
  void streams() throws Exception {
    StringBuilder pieces = new StringBuilder();
    ChatRequest request = ChatRequest.builder().messages(UserMessage.from("Hi")).build();
    assertThat(streamed(request, pieces).aiMessage().text()).isEqualTo(pieces.toString());
  }

  private static ChatResponse streamed(ChatRequest request, StringBuilder pieces) throws Exception {
    OpenAiStreamingChatModel streaming =
        OpenAiStreamingChatModel.builder()
            .baseUrl(TinyModel.url() + "/v1")
            .apiKey(TinyModel.key())
            .modelName(TinyModel.ID)
            .temperature(0.0)
            .maxCompletionTokens(60)
            .build();
    CompletableFuture<ChatResponse> end = new CompletableFuture<>();
    streaming.chat(
        request,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            pieces.append(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            end.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            end.completeExceptionally(error);
          }
        });
    return end.get(30, TimeUnit.SECONDS);
  }
}
