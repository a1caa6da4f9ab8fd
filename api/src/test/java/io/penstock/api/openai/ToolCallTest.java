package io.penstock.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.FakeCodec;
import io.penstock.api.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Tools, tool calls and thoughts in chat completions. */
class ToolCallTest {
  private static final String PATH = "/v1/chat/completions";
  private static final String HERMES = "tools <tool_call>";
  private static final String TOOLS =
      """
      "tools": [
        {"type": "function", "function": {"name": "weather", "description": "Tells the weather",
          "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}},
        {"type": "function", "function": {"name": "time"}}]""";
  private static final String CALL =
      "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";

  private final TestServer server = TestServer.fake();

  private static String body(String more) {
    return """
        {"model": "fake-model", "messages": [{"role": "user", "content": "Hi"}], %s}"""
        .formatted(more);
  }

  private JsonNode ask(String more) {
    TestServer.Answer answer = server.post(PATH, body(more));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private String prompt() {
    return new FakeCodec().decode(server.engine().submitted().getLast().promptTokens(), false);
  }

  @Test
  void callsTools() {
    server.engine().codec().template(HERMES);
    server.engine().script("I look.\n" + CALL + "\n" + CALL, 3);

    JsonNode choice = ask(TOOLS).path("choices").get(0);

    assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice.path("message").path("content").asString()).isEqualTo("I look.");
    JsonNode calls = choice.path("message").path("tool_calls");
    assertThat(calls.size()).isEqualTo(2);
    assertThat(calls.get(0).path("id").asString()).matches("call_[0-9a-f]{24}");
    assertThat(calls.get(0).path("id")).isNotEqualTo(calls.get(1).path("id"));
    assertThat(calls.get(1).path("type").asString()).isEqualTo("function");
    assertThat(calls.get(1).path("function").path("name").asString()).isEqualTo("weather");
    assertThat(calls.get(1).path("function").path("arguments").asString())
        .isEqualTo("{\"city\": \"Oslo\"}");
    assertThat(prompt()).contains("weather", "Tells the weather");
  }

  @Test
  void withoutContentItIsNull() {
    server.engine().codec().template(HERMES);
    server.engine().script(CALL, 100);

    JsonNode choice = ask(TOOLS).path("choices").get(0);

    assertThat(choice.path("message").path("content").isNull()).isTrue();
    assertThat(choice.path("stop_reason").isNull()).isTrue();
  }

  @Test
  void streamsArgumentsAsTheyCome() {
    server.engine().codec().template(HERMES);
    server.engine().script("Look: " + CALL, 2);
    server.engine().stepNanos(2_000_000);

    StringBuilder content = new StringBuilder();
    StringBuilder arguments = new StringBuilder();
    int pieces = 0;
    String name = null;
    String finish = null;
    for (JsonNode event : server.post(PATH, body(TOOLS + ", \"stream\": true")).events()) {
      JsonNode choice = event.path("choices").get(0);
      content.append(choice.path("delta").path("content").asString(""));
      for (JsonNode call : choice.path("delta").path("tool_calls")) {
        assertThat(call.path("index").intValue()).isZero();
        if (call.has("id")) {
          assertThat(name).isNull();
          name = call.path("function").path("name").asString();
        }
        String piece = call.path("function").path("arguments").asString();
        arguments.append(piece);
        pieces += piece.isEmpty() ? 0 : 1;
      }
      if (!choice.path("finish_reason").isNull()) {
        finish = choice.path("finish_reason").asString();
      }
    }
    assertThat(content.toString()).isEqualTo("Look:");
    assertThat(name).isEqualTo("weather");
    assertThat(arguments.toString()).isEqualTo("{\"city\": \"Oslo\"}");
    assertThat(pieces).isGreaterThan(1);
    assertThat(finish).isEqualTo("tool_calls");
  }

  @Test
  void oneCallOnlyWhenNotParallel() {
    server.engine().codec().template(HERMES);
    server.engine().script(CALL + CALL, 5);

    JsonNode choice = ask(TOOLS + ", \"parallel_tool_calls\": false").path("choices").get(0);

    assertThat(choice.path("message").path("tool_calls").size()).isEqualTo(1);
    assertThat(server.engine().submitted().getLast().sampling().stop())
        .containsExactly("</tool_call>");
  }

  @Test
  void noneOffersNone() {
    server.engine().codec().template(HERMES);
    server.engine().script(CALL, 5);

    JsonNode choice = ask(TOOLS + ", \"tool_choice\": \"none\"").path("choices").get(0);

    assertThat(choice.path("message").path("content").asString()).isEqualTo(CALL);
    assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
    assertThat(prompt()).doesNotContain("weather");
  }

  @Test
  void aNamedToolIsBegunInThePrompt() {
    server.engine().codec().template(HERMES);
    server.engine().script("{\"name\": \"time\", \"arguments\": {}}\n</tool_call>", 4);

    JsonNode choice =
        ask(TOOLS
                + ", \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"time\"}}")
            .path("choices")
            .get(0);

    assertThat(prompt()).endsWith("<|im_start|>assistant\n<tool_call>\n").doesNotContain("weather");
    assertThat(choice.path("message").path("tool_calls").get(0).path("function").path("name"))
        .hasToString("\"time\"");
  }

  @Test
  void controlTokensAreKeptWhereTheyMarkCalls() {
    server.engine().codec().template("tools [TOOL_CALLS]");
    server.engine().script("[TOOL_CALLS] [{\"name\": \"time\", \"arguments\": {}}]", 4);

    JsonNode call = ask(TOOLS).path("choices").get(0).path("message").path("tool_calls").get(0);

    assertThat(call.path("id").asString()).matches("[0-9a-f]{9}");
    assertThat(server.engine().submitted().getLast().sampling().skipSpecialTokens()).isFalse();
  }

  /** A template that knows no tools gets them in the system message. */
  @Test
  void anyChatModelMayHaveTools() {
    server.engine().codec().template("messages");
    server.engine().script(CALL, 4);

    JsonNode answer =
        server
            .post(
                PATH,
                """
                {"model": "fake-model", %s, "messages": [
                  {"role": "system", "content": "Be brief."},
                  {"role": "user", "content": "And now?"},
                  {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
                    "function": {"name": "time", "arguments": "{\\"zone\\": 1}"}}]},
                  {"role": "tool", "tool_call_id": "call_1", "content": "Noon"}]}"""
                    .formatted(TOOLS))
            .json();

    assertThat(answer.path("choices").get(0).path("finish_reason").asString())
        .isEqualTo("tool_calls");
    assertThat(prompt())
        .startsWith("<|im_start|>system\nBe brief.\n\nYou can call functions.")
        .contains("{\"name\":\"weather\",\"description\":\"Tells the weather\"")
        .contains(
            "<|im_start|>assistant\n<tool_call>\n{\"name\":\"time\",\"arguments\":{\"zone\":1}}\n</tool_call><|im_end|>")
        .contains("<|im_start|>user\n<tool_response>\nNoon\n</tool_response><|im_end|>");
  }

  @Test
  void tellsThoughtsFromTheAnswer() {
    server.engine().codec().template("<think>");
    server.engine().script("<think>\nHm, hm.\n</think>\n\nYes.", 1);

    JsonNode whole = ask("\"n\": 2");
    for (JsonNode choice : whole.path("choices")) {
      assertThat(choice.path("message").path("reasoning_content").asString()).isEqualTo("Hm, hm.");
      assertThat(choice.path("message").path("content").asString()).isEqualTo("Yes.");
    }
    assertThat(
            whole
                .path("usage")
                .path("completion_tokens_details")
                .path("reasoning_tokens")
                .intValue())
        .isPositive();

    List<JsonNode> events = server.post(PATH, body("\"stream\": true")).events();
    StringBuilder thoughts = new StringBuilder();
    StringBuilder content = new StringBuilder();
    for (JsonNode event : events) {
      JsonNode delta = event.path("choices").get(0).path("delta");
      thoughts.append(delta.path("reasoning_content").asString(""));
      content.append(delta.path("content").asString(""));
    }
    assertThat(thoughts.toString()).isEqualTo("Hm, hm.");
    assertThat(content.toString()).isEqualTo("Yes.");
    assertThat(
            ask("\"include_reasoning\": false")
                .path("choices")
                .get(0)
                .path("message")
                .has("reasoning_content"))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"tools\": 3` | tools",
        "`\"tools\": [3]` | tools[0]",
        "`\"tools\": [{}]` | tools[0].type",
        "`\"tools\": [{\"type\": \"web_search\"}]` | tools[0].type",
        "`\"tools\": [{\"type\": \"function\"}]` | tools[0].function",
        "`\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"a b\"}}]` | tools[0].function.name",
        "`\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"a\", \"parameters\": 3}}]` | tools[0].function.parameters",
        "`\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"a\"}}, {\"type\": \"function\", \"function\": {\"name\": \"a\"}}]` | tools[1].function.name",
        "`\"tool_choice\": \"required\"` | tool_choice",
        "`\"tool_choice\": \"perhaps\"` | tool_choice",
        "`\"tool_choice\": 3` | tool_choice",
        "`\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"x\"}}` | tool_choice.function.name",
        "`\"reasoning_effort\": \"high\"` | reasoning_effort",
      })
  void badTools(String more, String param) {
    TestServer.Answer answer = server.post(PATH, body(more));
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo(param);
  }
}
