package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.ai.tool.function.FunctionToolCallback;
import tools.jackson.databind.json.JsonMapper;

/** Spring AI's client of OpenAI against a real model. */
class SpringAiTest {

  /** What the tool takes: a random model writes numbers without end. */
  record Question(Size size) {}

  enum Size {
    SMALL,
    LARGE
  }

  /**
   * Given, because Spring AI makes schemas by a version of a library that OpenAI's client, which
   * these tests need as well, does not work with.
   */
  private static final String SCHEMA =
      """
      {"type": "object", "properties": {"size": {"type": "string", "enum": ["SMALL", "LARGE"]}},
       "required": ["size"], "additionalProperties": false}""";

  private static OpenAiChatOptions.Builder options() {
    OpenAiChatOptions.Builder options = OpenAiChatOptions.builder();
    options.baseUrl(TinyModel.url() + "/v1");
    options.apiKey(TinyModel.key());
    options.model(TinyModel.ID);
    options.temperature(0.0);
    options.maxTokens(60);
    options.maxRetries(0);
    return options;
  }

  private static OpenAiChatModel model(OpenAiChatOptions options) {
    return OpenAiChatModel.builder().options(options).build();
  }

  @Test
  void chatsAndStreams() {
    OpenAiChatModel model = model(options().build());
    ChatResponse whole = model.call(new Prompt("Hi"));
    assertThat(whole.getMetadata().getUsage().getCompletionTokens()).isPositive();
    List<ChatResponse> pieces = model.stream(new Prompt("Hi")).collectList().block();
    StringBuilder text = new StringBuilder();
    for (ChatResponse piece : pieces) {
      String more = piece.getResult() == null ? null : piece.getResult().getOutput().getText();
      text.append(more == null ? "" : more);
    }
    assertThat(text.toString()).isEqualTo(whole.getResult().getOutput().getText());
  }

  @Test
  void callsTools() {
    OpenAiChatOptions.Builder options = options();
    options.toolCallbacks(
        FunctionToolCallback.builder("f", (Question question) -> question.size().name())
            .description("Names a size")
            .inputType(Question.class)
            .inputSchema(SCHEMA)
            .build());
    options.toolChoice(
        ChatCompletionToolChoiceOption.ofAuto(ChatCompletionToolChoiceOption.Auto.REQUIRED));
    OpenAiChatOptions built = options.build();
    AssistantMessage message = model(built).call(new Prompt("Hi", built)).getResult().getOutput();
    assertThat(message.getToolCalls()).isNotEmpty();
    AssistantMessage.ToolCall call = message.getToolCalls().getFirst();
    assertThat(call.name()).isEqualTo("f");
    assertThat(JsonMapper.shared().readTree(call.arguments()).path("size").asString())
        .isIn("SMALL", "LARGE");
  }

  @Test
  void streamsToolCalls() {
    OpenAiChatOptions.Builder options = options();
    options.toolCallbacks(
        FunctionToolCallback.builder("f", (Question question) -> question.size().name())
            .description("Names a size")
            .inputType(Question.class)
            .inputSchema(SCHEMA)
            .build());
    options.toolChoice(
        ChatCompletionToolChoiceOption.ofAuto(ChatCompletionToolChoiceOption.Auto.REQUIRED));
    OpenAiChatOptions built = options.build();
    List<AssistantMessage.ToolCall> calls =
        model(built).stream(new Prompt("Hi", built))
            .filter(piece -> piece.getResult() != null)
            .flatMapIterable(piece -> piece.getResult().getOutput().getToolCalls())
            .collectList()
            .block();
    assertThat(calls).isNotEmpty();
    assertThat(calls.getFirst().name()).isEqualTo("f");
    assertThat(JsonMapper.shared().readTree(calls.getFirst().arguments()).path("size").asString())
        .isIn("SMALL", "LARGE");
  }

  @Test
  void embeds() {
    OpenAiEmbeddingOptions.Builder options = OpenAiEmbeddingOptions.builder();
    options.baseUrl(TinyModel.url() + "/v1");
    options.apiKey(TinyModel.key());
    options.model(TinyModel.ID);
    options.maxRetries(0);
    OpenAiEmbeddingModel embeddings =
        OpenAiEmbeddingModel.builder().options(options.build()).build();
    EmbeddingResponse answer = embeddings.embedForResponse(List.of("one", "two", "one"));
    assertThat(answer.getResults()).hasSize(3);
    assertThat(answer.getResults().getFirst().getOutput())
        .isEqualTo(answer.getResults().getLast().getOutput())
        .isNotEqualTo(answer.getResults().get(1).getOutput());
    assertThat(answer.getMetadata().getUsage().getPromptTokens()).isPositive();
  }
}
