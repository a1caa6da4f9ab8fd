package io.penstock.api.openai.responses;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.FakeCodec;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ResponsesTest {
  private static final String PATH = "/v1/responses";
  private static final String TOOLS =
      """
      "tools": [{"type": "function", "name": "time", "parameters": {"type": "object"}}]""";
  private static final String CALL =
      "<tool_call>{\"name\": \"time\", \"arguments\": {\"z\": 1}}</tool_call>";

  private final TestServer server = TestServer.fake();

  private static String body(String more) {
    return "{\"model\": \"fake-model\", \"input\": \"Hi\"%s}"
        .formatted(more.isEmpty() ? "" : ", " + more);
  }

  private JsonNode ask(String body) {
    TestServer.Answer answer = server.post(PATH, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private List<JsonNode> stream(String more) {
    TestServer.Answer answer = server.post(PATH, body("\"stream\": true" + more));
    assertThat(answer.header("content-type")).startsWith("text/event-stream");
    List<JsonNode> events = new ArrayList<>();
    for (String event : answer.text().strip().split("\n\n")) {
      String[] lines = event.split("\n");
      JsonNode data = new JsonMapper().readTree(lines[1].substring("data: ".length()));
      assertThat("event: " + data.path("type").asString()).isEqualTo(lines[0]);
      assertThat(data.path("sequence_number").intValue()).isEqualTo(events.size());
      events.add(data);
    }
    return events;
  }

  private String prompt() {
    return new FakeCodec().decode(server.engine().submitted().getLast().promptTokens(), false);
  }

  private int delete(String path, String key) {
    return server.send(server.request(path, key).DELETE().build()).status();
  }

  @Test
  void answersInOpenAisShape() {
    JsonNode json =
        ask(
            body(
                "\"max_output_tokens\": 5, \"metadata\": {\"a\": \"b\"}, \"instructions\": \"Be brief.\""));

    assertThat(json.path("id").asString()).startsWith("resp_");
    assertThat(json.path("object").asString()).isEqualTo("response");
    assertThat(json.path("status").asString()).isEqualTo("incomplete");
    assertThat(json.path("incomplete_details").path("reason").asString())
        .isEqualTo("max_output_tokens");
    JsonNode item = json.path("output").get(0);
    assertThat(item.path("type").asString()).isEqualTo("message");
    assertThat(item.path("status").asString()).isEqualTo("incomplete");
    assertThat(item.path("content").get(0).path("text").asString()).isEqualTo("abcde");
    assertThat(json.path("usage").path("output_tokens").intValue()).isEqualTo(5);
    assertThat(json.path("metadata").path("a").asString()).isEqualTo("b");
    assertThat(prompt()).startsWith("<|im_start|>system\nBe brief.<|im_end|>");
    assertThat(ask(body("")).path("status").asString()).isEqualTo("completed");
  }

  @Test
  void goesOnFromAnotherAndKeepsBoth() {
    server.engine().script("Noon.", 2);
    String first = ask(body("\"instructions\": \"Only here.\"")).path("id").asString();
    JsonNode second =
        ask(
            "{\"model\": \"fake-model\", \"input\": \"Sure?\", \"previous_response_id\": \"%s\"}"
                .formatted(first));
    assertThat(prompt())
        .isEqualTo(
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nNoon.<|im_end|>\n<|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\n");
    String id = second.path("id").asString();
    assertThat(server.get(PATH + "/" + id, TestServer.API_KEY).json()).isEqualTo(second);
    JsonNode items = server.get(PATH + "/" + id + "/input_items", TestServer.API_KEY).json();
    assertThat(items.path("data").size()).isEqualTo(1);
    assertThat(items.path("data").get(0).path("content").get(0).path("text").asString())
        .isEqualTo("Sure?");

    assertThat(server.post(PATH + "/" + id + "/cancel", "{}").status()).isEqualTo(400);
    assertThat(delete(PATH + "/" + first, TestServer.API_KEY)).isEqualTo(200);
    assertThat(delete(PATH + "/" + first, TestServer.API_KEY)).isEqualTo(404);
    TestServer.Answer gone =
        server.post(
            PATH,
            "{\"model\": \"fake-model\", \"input\": \"x\", \"previous_response_id\": \"%s\"}"
                .formatted(id));
    assertThat(gone.status()).isEqualTo(400);
    assertThat(gone.error().path("code").asString()).isEqualTo("previous_response_not_found");
  }

  @Test
  void whatIsNotStoredIsNotThere() {
    String id = ask(body("\"store\": false")).path("id").asString();
    assertThat(server.get(PATH + "/" + id, TestServer.API_KEY).status()).isEqualTo(404);
  }

  @Test
  void nobodyElseSeesIt() {
    String id = ask(body("")).path("id").asString();
    TestServer.Tenant other = server.newTenant();
    String path = PATH + "/" + id;
    assertThat(server.get(path, other.key()).status()).isEqualTo(404);
    assertThat(server.get(path + "/input_items", other.key()).status()).isEqualTo(404);
    assertThat(server.post(path + "/cancel", other.key(), "{}").status()).isEqualTo(404);
    assertThat(delete(path, other.key())).isEqualTo(404);
    TestServer.Answer answer =
        server.post(
            PATH,
            other.key(),
            "{\"model\": \"fake-model\", \"input\": \"x\", \"previous_response_id\": \"%s\"}"
                .formatted(id));
    assertThat(answer.error().path("code").asString()).isEqualTo("previous_response_not_found");
    assertThat(server.get(path, TestServer.API_KEY).status()).isEqualTo(200);
  }

  @Test
  void streamsEventsThatAddUpToTheResponse() {
    server.engine().codec().template("tools <tool_call> <think>");
    server.engine().script("<think>Hm</think>Look.\n" + CALL + "\n" + CALL, 3);

    List<JsonNode> events = stream(", " + TOOLS);

    assertThat(events.get(0).path("type").asString()).isEqualTo("response.created");
    assertThat(events.get(1).path("type").asString()).isEqualTo("response.in_progress");
    JsonNode last = events.getLast();
    assertThat(last.path("type").asString()).isEqualTo("response.completed");
    Map<Integer, StringBuilder> grown = new HashMap<>();
    Map<Integer, JsonNode> done = new HashMap<>();
    for (JsonNode event : events) {
      int index = event.path("output_index").asInt(-1);
      switch (event.path("type").asString()) {
        case "response.output_item.added" -> {
          assertThat(grown.put(index, new StringBuilder())).isNull();
          assertThat(done).hasSize(index); // the ones before are done
        }
        case "response.output_text.delta",
            "response.reasoning_text.delta",
            "response.function_call_arguments.delta" ->
            grown.get(index).append(event.path("delta").asString());
        case "response.output_item.done" -> done.put(index, event.path("item"));
        default -> {}
      }
    }
    JsonNode output = last.path("response").path("output");
    assertThat(output.size()).isEqualTo(4).isEqualTo(done.size());
    for (int i = 0; i < output.size(); i++) {
      JsonNode item = output.get(i);
      assertThat(done.get(i)).isEqualTo(item);
      String whole =
          item.has("arguments")
              ? item.path("arguments").asString()
              : item.path("content").get(0).path("text").asString();
      assertThat(grown.get(i).toString()).isEqualTo(whole);
    }
    assertThat(output.get(0).path("type").asString()).isEqualTo("reasoning");
    assertThat(output.get(1).path("content").get(0).path("text").asString()).isEqualTo("Look.");
    assertThat(output.get(2).path("arguments").asString()).isEqualTo("{\"z\": 1}");
    assertThat(output.get(2).path("call_id")).isNotEqualTo(output.get(3).path("call_id"));
    String id = last.path("response").path("id").asString();
    assertThat(server.get(PATH + "/" + id, TestServer.API_KEY).json())
        .isEqualTo(last.path("response"));
  }

  @Test
  void resultsOfToolsGoBackToTheModel() {
    server.engine().codec().template("messages");
    server.engine().script(CALL, 3);
    JsonNode first = ask(body(TOOLS));
    String call = first.path("output").get(0).path("call_id").asString();
    server.engine().script("Noon.", 3);
    ask(
        """
        {"model": "fake-model", "previous_response_id": "%s",
         "input": [{"type": "function_call_output", "call_id": "%s", "output": "12:00"}]}"""
            .formatted(first.path("id").asString(), call));
    assertThat(prompt())
        .contains("<|im_start|>assistant\n<tool_call>\n{\"name\":\"time\",\"arguments\":{\"z\":1}}")
        .contains("<tool_response>\n12:00\n</tool_response>");
  }

  @Test
  void aFailureInAStreamIsAnEvent() {
    server.engine().failAfter(3);
    JsonNode last = stream("").getLast();
    assertThat(last.path("type").asString()).isEqualTo("response.failed");
    assertThat(last.path("response").path("status").asString()).isEqualTo("failed");
    assertThat(last.path("response").path("error").path("message").asString()).isNotBlank();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{}` | input",
        "`{\"input\": \"x\"}` | model",
        "`{\"model\": \"fake-model\", \"input\": []}` | input",
        "`{\"model\": \"fake-model\", \"input\": [{\"type\": \"item_reference\", \"id\": \"x\"}]}` | input[0].type",
        "`{\"model\": \"fake-model\", \"input\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_image\"}]}]}` | input[0].content[0]",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"background\": true}` | background",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"oops\": 1}` | oops",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"max_output_tokens\": 0}` | max_output_tokens",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"max_output_tokens\": 5000}` | max_output_tokens",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"tools\": [{\"type\": \"web_search\"}]}` | tools[0].type",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"tools\": [{\"type\": \"function\", \"name\": \"a b\"}]}` | tools[0].name",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"text\": {\"format\": {\"type\": \"xml\"}}}` | text.format.type",
        "`{\"model\": \"fake-model\", \"input\": \"x\", \"reasoning\": {\"effort\": \"huge\"}}` | reasoning.effort",
      })
  void badRequests(String body, String param) {
    TestServer.Answer answer = server.post(PATH, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo(param);
  }
}
