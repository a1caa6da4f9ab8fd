package io.penstock.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class CompletionTest {
  private static final String PATH = "/v1/completions";

  private final TestServer server = TestServer.fake();

  private TestServer.Answer complete(String fields) {
    return server.post(PATH, "{\"model\": \"fake-model\", " + fields + "}");
  }

  @Test
  void answersInOpenAisShape() {
    JsonNode json = complete("\"prompt\": \"Once\"").json();

    assertThat(json.path("object").asString()).isEqualTo("text_completion");
    assertThat(json.path("id").asString()).startsWith("cmpl-");
    JsonNode choice = json.path("choices").get(0);
    assertThat(choice.path("text").asString()).isEqualTo("abcdefghijklmnop"); // 16 by default
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");
    assertThat(json.path("usage").path("prompt_tokens").intValue()).isEqualTo(4);
    assertThat(json.path("usage").path("completion_tokens").intValue()).isEqualTo(16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"ab\"", "[\"ab\"]", "[97, 98]", "[[97, 98]]"})
  void takesAllFormsOfAPrompt(String prompt) {
    complete("\"max_tokens\": 1, \"prompt\": " + prompt);

    assertThat(server.engine().submitted().getLast().promptTokens()).containsExactly(97, 98);
  }

  @Test
  void severalPromptsTimesNChoicesAreNumberedThrough() {
    JsonNode json =
        complete("\"prompt\": [\"a\", \"bb\", \"ccc\"], \"n\": 2, \"max_tokens\": 3").json();

    assertThat(json.path("choices").size()).isEqualTo(6);
    for (int i = 0; i < 6; i++) {
      assertThat(json.path("choices").get(i).path("index").intValue()).isEqualTo(i);
    }
    assertThat(json.path("usage").path("prompt_tokens").intValue()).isEqualTo(6);
    assertThat(json.path("usage").path("completion_tokens").intValue()).isEqualTo(18);
  }

  @Test
  void streams() {
    TestServer.Answer answer =
        complete(
            "\"prompt\": [\"a\", \"b\"], \"max_tokens\": 4, \"stream\": true, \"stream_options\": {\"include_usage\": true}");

    List<JsonNode> events = answer.events();
    Map<Integer, String> texts = new TreeMap<>();
    for (JsonNode event : events.subList(0, events.size() - 1)) {
      JsonNode choice = event.path("choices").get(0);
      texts.merge(choice.path("index").intValue(), choice.path("text").asString(), String::concat);
      assertThat(event.path("usage").isNull()).isTrue();
    }
    assertThat(texts).isEqualTo(Map.of(0, "abcd", 1, "abcd"));
    assertThat(events.getLast().path("usage").path("completion_tokens").intValue()).isEqualTo(8);
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("choices").intValue()).isEqualTo(2);
    assertThat(row.path("completion_tokens").intValue()).isEqualTo(8);
  }

  @Test
  void everyEventMayTellTheUsageSoFar() {
    List<JsonNode> events =
        complete(
                "\"prompt\": \"ab\", \"max_tokens\": 4, \"stream\": true, \"stream_options\": {\"include_usage\": true, \"continuous_usage_stats\": true}")
            .events();
    int before = 0;
    for (JsonNode event : events) {
      int now = event.path("usage").path("completion_tokens").intValue();
      assertThat(now).isBetween(Math.max(1, before), 4);
      assertThat(event.path("usage").path("total_tokens").intValue()).isEqualTo(2 + now);
      before = now;
    }
    assertThat(before).isEqualTo(4);
  }

  @Test
  void echoesThePrompt() {
    JsonNode json =
        complete("\"prompt\": [\"x\", [121]], \"max_tokens\": 2, \"echo\": true").json();
    assertThat(json.path("choices").get(0).path("text").asString()).isEqualTo("xab");
    assertThat(json.path("choices").get(1).path("text").asString()).isEqualTo("yab");

    StringBuilder streamed = new StringBuilder();
    complete("\"prompt\": \"x\", \"max_tokens\": 2, \"echo\": true, \"stream\": true")
        .events()
        .forEach(e -> streamed.append(e.path("choices").get(0).path("text").asString()));
    assertThat(streamed.toString()).isEqualTo("xab");
  }

  @Test
  void reportsLogprobsInFourLists() {
    JsonNode logprobs =
        complete("\"prompt\": \"x\", \"max_tokens\": 3, \"logprobs\": 2")
            .json()
            .path("choices")
            .get(0)
            .path("logprobs");

    assertThat(logprobs.path("tokens").toString()).isEqualTo("[\"a\",\"b\",\"c\"]");
    assertThat(logprobs.path("token_logprobs").toString()).isEqualTo("[-0.5,-0.5,-0.5]");
    assertThat(logprobs.path("text_offset").toString()).isEqualTo("[0,1,2]");
    assertThat(logprobs.path("top_logprobs").get(0).toString())
        .isEqualTo("{\"a\":-0.5,\"b\":-1.5}");
  }

  private JsonNode echoed(String fields) {
    return complete("\"prompt\": [\"x\", \"pq\"], \"echo\": true, \"logprobs\": 1, " + fields)
        .json()
        .path("choices");
  }

  @Test
  void logprobsOfAnEchoBeginWithThePrompts() {
    JsonNode choices = echoed("\"max_tokens\": 2, \"n\": 2");
    assertThat(choices.size()).isEqualTo(4);
    for (int i = 2; i < 4; i++) {
      assertThat(choices.get(i).path("text").asString()).isEqualTo("pqab");
      JsonNode logprobs = choices.get(i).path("logprobs");
      assertThat(logprobs.path("tokens").toString()).isEqualTo("[\"p\",\"q\",\"a\",\"b\"]");
      assertThat(logprobs.path("token_logprobs").toString()).isEqualTo("[null,-1.0,-0.5,-0.5]");
      assertThat(logprobs.path("text_offset").toString()).isEqualTo("[0,1,2,3]");
      assertThat(logprobs.path("top_logprobs").toString())
          .startsWith("[null,{\"r\":-2.0,\"q\":-1.0},{\"a\":-0.5}");
    }
    assertThat(choices.get(0).path("logprobs").path("token_logprobs").toString())
        .isEqualTo("[null,-0.5,-0.5]");
  }

  /** What is streamed is the same, and comes with the first event of each choice. */
  @Test
  void logprobsOfAnEchoAreStreamed() {
    List<JsonNode> events =
        complete(
                "\"prompt\": \"pq\", \"echo\": true, \"logprobs\": 1, \"max_tokens\": 3, \"stream\": true")
            .events();
    StringBuilder tokens = new StringBuilder();
    StringBuilder offsets = new StringBuilder();
    for (JsonNode event : events) {
      JsonNode logprobs = event.path("choices").get(0).path("logprobs");
      logprobs.path("tokens").forEach(token -> tokens.append(token.asString()));
      logprobs.path("text_offset").forEach(offset -> offsets.append(offset.intValue()));
    }
    assertThat(tokens.toString()).isEqualTo("pqabc");
    assertThat(offsets.toString()).isEqualTo("01234");
    assertThat(
            events
                .getFirst()
                .path("choices")
                .get(0)
                .path("logprobs")
                .path("token_logprobs")
                .get(0)
                .isNull())
        .isTrue();
  }

  /** As those who score texts ask. */
  @Test
  void anEchoOfNothingButThePrompt() {
    JsonNode answer =
        complete("\"prompt\": [\"x\", \"pq\"], \"echo\": true, \"logprobs\": 1, \"max_tokens\": 0")
            .json();
    assertThat(answer.path("usage").path("completion_tokens").intValue()).isZero();
    assertThat(answer.path("usage").path("total_tokens").intValue()).isEqualTo(3);
    JsonNode choice = answer.path("choices").get(1);
    assertThat(choice.path("text").asString()).isEqualTo("pq");
    assertThat(choice.path("logprobs").path("token_logprobs").toString()).isEqualTo("[null,-1.0]");
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");

    StringBuilder streamed = new StringBuilder();
    complete("\"prompt\": \"pq\", \"echo\": true, \"max_tokens\": 0, \"stream\": true")
        .events()
        .forEach(e -> streamed.append(e.path("choices").get(0).path("text").asString()));
    assertThat(streamed.toString()).isEqualTo("pq");
  }

  @Test
  void returnsTokenIdsAsVllm() {
    JsonNode choice =
        complete("\"prompt\": \"x\", \"max_tokens\": 2, \"return_token_ids\": true")
            .json()
            .path("choices")
            .get(0);
    assertThat(choice.path("prompt_token_ids").toString()).isEqualTo("[120]");
    assertThat(choice.path("token_ids").toString()).isEqualTo("[97,98]");
  }

  @Test
  void tokenizesAndDetokenizesInVllmsShapes() {
    JsonNode prompt =
        server.post("/tokenize", "{\"prompt\": \"hé\", \"return_token_strs\": true}").json();
    assertThat(prompt.path("count").intValue()).isEqualTo(3);
    assertThat(prompt.path("max_model_len").intValue()).isEqualTo(1024);
    assertThat(prompt.path("tokens").toString()).isEqualTo("[104,195,169]");
    assertThat(prompt.path("token_strs").get(0).asString()).isEqualTo("h");

    JsonNode messages =
        server
            .post(
                "/tokenize",
                """
                {"model": "fake-model", "messages": [{"role": "user", "content": "Hi"}],
                 "add_generation_prompt": false,
                 "tools": [{"type": "function", "function": {"name": "clock"}}]}""")
            .json();
    String rendered =
        server
            .post("/detokenize", "{\"tokens\": " + messages.path("tokens") + "}")
            .json()
            .path("prompt")
            .asString();
    assertThat(rendered).contains("clock").endsWith("<|im_start|>user\nHi<|im_end|>\n");
  }
}
