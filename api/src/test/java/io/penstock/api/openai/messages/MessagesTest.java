package io.penstock.api.openai.messages;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.FakeCodec;
import io.penstock.api.testing.TestServer;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MessagesTest {
  private static final String PATH = "/v1/messages";
  private static final String TOOLS =
      """
      "tools": [{"name": "time", "description": "Now", "input_schema": {"type": "object"}}]""";

  private final TestServer server = TestServer.fake();

  private static String body(String more) {
    return """
        {"model": "fake-model", "max_tokens": 200, "messages": [{"role": "user", "content": "Hi"}]%s}"""
        .formatted(more.isEmpty() ? "" : ", " + more);
  }

  private String prompt() {
    return new FakeCodec().decode(server.engine().submitted().getLast().promptTokens(), false);
  }

  private record Event(String name, JsonNode data) {}

  private List<Event> stream(String more) {
    TestServer.Answer answer = server.post(PATH, body("\"stream\": true, " + more));
    assertThat(answer.header("content-type")).startsWith("text/event-stream");
    List<Event> events = new ArrayList<>();
    for (String event : answer.text().strip().split("\n\n")) {
      String[] lines = event.split("\n");
      assertThat(lines).hasSize(2);
      JsonNode data = new JsonMapper().readTree(lines[1].substring("data: ".length()));
      String name = lines[0].substring("event: ".length());
      assertThat(data.path("type").asString()).isEqualTo(name);
      events.add(new Event(name, data));
    }
    return events;
  }

  @Test
  void answersInAnthropicsShape() {
    TestServer.Answer answer = server.post(PATH, body(""));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("request-id")).startsWith("req_");
    JsonNode json = answer.json();
    assertThat(json.path("id").asString()).startsWith("msg_");
    assertThat(json.path("type").asString()).isEqualTo("message");
    assertThat(json.path("content").size()).isEqualTo(1);
    assertThat(json.path("content").get(0).path("type").asString()).isEqualTo("text");
    assertThat(json.path("content").get(0).path("text").asString()).startsWith("abcdef");
    assertThat(json.path("stop_reason").asString()).isEqualTo("end_turn");
    assertThat(json.path("stop_sequence").isNull()).isTrue();
    assertThat(json.path("usage").path("output_tokens").intValue()).isEqualTo(30);
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("endpoint").asString()).isEqualTo(PATH);
    assertThat(row.path("completion_tokens").intValue()).isEqualTo(30);
  }

  @Test
  void theKeyMayStandInAnthropicsHeader() {
    HttpRequest.Builder request =
        server
            .request(PATH, null)
            .header("Content-Type", "application/json")
            .header("anthropic-version", "2023-06-01")
            .POST(HttpRequest.BodyPublishers.ofString(body("")));
    assertThat(server.send(request.copy().header("x-api-key", TestServer.API_KEY).build()).status())
        .isEqualTo(200);
    TestServer.Answer refused = server.send(request.copy().header("x-api-key", "sk-no").build());
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.json().path("error").path("type").asString())
        .isEqualTo("authentication_error");
  }

  @Test
  void maxTokensEndIt() {
    JsonNode json =
        server.post(PATH, body("").replace("\"max_tokens\": 200", "\"max_tokens\": 3")).json();
    assertThat(json.path("stop_reason").asString()).isEqualTo("max_tokens");
  }

  @Test
  void streamsBlocks() {
    List<Event> events = stream("\"temperature\": 0.5");

    assertThat(events.getFirst().name).isEqualTo("message_start");
    JsonNode message = events.getFirst().data.path("message");
    assertThat(message.path("content").isEmpty()).isTrue();
    assertThat(message.path("usage").path("input_tokens").intValue()).isPositive();
    assertThat(events.stream().map(Event::name).filter(n -> n.equals("content_block_start")))
        .hasSize(1);
    StringBuilder text = new StringBuilder();
    events.forEach(e -> text.append(e.data.path("delta").path("text").asString("")));
    assertThat(text.toString()).isEqualTo("abcdefghijklmnopqrstuvwxyzabcd");
    Event delta = events.get(events.size() - 2);
    assertThat(delta.name).isEqualTo("message_delta");
    assertThat(delta.data.path("delta").path("stop_reason").asString()).isEqualTo("end_turn");
    assertThat(delta.data.path("usage").path("output_tokens").intValue()).isEqualTo(30);
    assertThat(events.getLast().name).isEqualTo("message_stop");
  }

  @Test
  void streamsThoughtsTextAndCalls() {
    server.engine().codec().template("tools <tool_call> <think>");
    server
        .engine()
        .script(
            "<think>Hm</think>Look.\n<tool_call>{\"name\": \"time\", \"arguments\": {\"z\": 1}}</tool_call>",
            3);

    List<Event> events = stream(TOOLS);

    List<String> types =
        events.stream()
            .filter(e -> e.name.equals("content_block_start"))
            .map(e -> e.data.path("content_block").path("type").asString())
            .toList();
    assertThat(types).containsExactly("thinking", "text", "tool_use");
    StringBuilder input = new StringBuilder();
    int open = -1;
    int begun = -1;
    for (Event event : events) {
      switch (event.name) {
        case "content_block_start" -> {
          assertThat(open).isEqualTo(-1);
          open = event.data.path("index").intValue();
          assertThat(open).isEqualTo(++begun);
        }
        case "content_block_delta" -> {
          assertThat(event.data.path("index").intValue()).isEqualTo(open);
          input.append(event.data.path("delta").path("partial_json").asString(""));
        }
        case "content_block_stop" -> open = -1;
        default -> {}
      }
    }
    assertThat(input.toString()).isEqualTo("{\"z\": 1}");
    assertThat(events.get(events.size() - 2).data.path("delta").path("stop_reason").asString())
        .isEqualTo("tool_use");

    JsonNode whole = server.post(PATH, body(TOOLS)).json();
    assertThat(whole.path("content").get(0).path("thinking").asString()).isEqualTo("Hm");
    assertThat(whole.path("content").get(2).path("input").path("z").intValue()).isEqualTo(1);
  }

  @Test
  void understandsBlocksAndResults() {
    TestServer.Answer answer =
        server.post(
            PATH,
            """
            {"model": "fake-model", "max_tokens": 9, "system": [{"type": "text", "text": "Be brief."}],
             "stop_sequences": ["END"], "top_k": 5, "metadata": {"user_id": "u"},
             "messages": [
              {"role": "user", "content": [{"type": "text", "text": "And", "cache_control": {"type": "ephemeral"}}]},
              {"role": "assistant", "content": [{"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_1", "name": "time", "input": {"z": 1}}]},
              {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "Noon"}]},
                {"type": "text", "text": "So?"}]}]}""");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(prompt())
        .isEqualTo(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nAnd<|im_end|>\n"
                + "<|im_start|>assistant\nI look.<|im_end|>\n<|im_start|>tool\nNoon<|im_end|>\n"
                + "<|im_start|>user\nSo?<|im_end|>\n<|im_start|>assistant\n");
    var sampling = server.engine().submitted().getLast().sampling();
    assertThat(sampling.stop()).containsExactly("END");
    assertThat(sampling.topK()).isEqualTo(5);
  }

  @Test
  void countsTokens() {
    JsonNode json =
        server
            .post(
                PATH + "/count_tokens",
                "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}")
            .json();
    assertThat(json.path("input_tokens").intValue()).isEqualTo("?user\nHi?\n?assistant\n".length());
    assertThat(server.engine().submitted()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{}` | 400 | model",
        "`{\"model\": \"fake-model\", \"messages\": []}` | 400 | max_tokens",
        "`{\"model\": \"fake-model\", \"max_tokens\": 1}` | 400 | messages",
        "`{\"model\": \"no\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}` | 404 | no",
        "`{\"model\": \"fake-model\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]}` | 400 | messages.0.content.0",
        "`{\"model\": \"fake-model\", \"max_tokens\": 1, \"messages\": [{\"role\": \"robot\", \"content\": \"x\"}]}` | 400 | messages.0.role",
        "`{\"model\": \"fake-model\", \"max_tokens\": 1, \"temperature\": 3, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}` | 400 | temperature",
        "`{\"model\": \"fake-model\", \"max_tokens\": 1, \"oops\": 3, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}` | 400 | oops",
        "`{\"model\": \"fake-model\", \"max_tokens\": 1, \"tools\": [{\"name\": \"x\"}], \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}` | 400 | tools.0.input_schema",
        "`{\"model\": \"fake-model\", \"max_tokens\": \"1\"}` | 400 | max_tokens",
        "`nonsense` | 400 | JSON",
      })
  void errorsHaveAnthropicsShape(String body, int status, String named) {
    TestServer.Answer answer = server.post(PATH, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    JsonNode json = answer.json();
    assertThat(json.path("type").asString()).isEqualTo("error");
    assertThat(json.path("error").path("type").asString())
        .isEqualTo(status == 404 ? "not_found_error" : "invalid_request_error");
    assertThat(json.path("error").path("message").asString()).contains(named);
    assertThat(json.path("request_id").asString()).startsWith("req_");
  }

  @Test
  void anErrorInAStreamIsAnEvent() {
    server.engine().failAfter(3);
    Event last = stream("\"temperature\": 0").getLast();
    assertThat(last.name).isEqualTo("error");
    assertThat(last.data.path("error").path("type").asString()).isEqualTo("api_error");
  }
}
