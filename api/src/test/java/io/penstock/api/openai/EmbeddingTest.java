package io.penstock.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.api.testing.FakeEngine;
import io.penstock.api.testing.TestServer;
import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.core.Pooling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class EmbeddingTest {
  private static final String PATH = "/v1/embeddings";
  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.withFakeEngine(
            "--penstock.model=%s=nowhere,%s=nowhere,%s=nowhere"
                .formatted(TestServer.MODEL, FakeEngine.EMBEDS_ONLY, FakeEngine.GENERATES_ONLY));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static TestServer.Answer embed(String fields) {
    return server.post(PATH, "{\"model\": \"fake-model\", " + fields + "}");
  }

  private static EmbedRequest last() {
    return server.engine().embedded().getLast();
  }

  private static void refused(TestServer.Answer answer, String param, String... parts) {
    JsonNode error = answer.json().path("error");
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(error.path("param").asString()).isEqualTo(param);
    for (String part : parts) {
      assertThat(error.path("message").asString()).contains(part);
    }
  }

  @Test
  void answersInOpenAisShapeAndIsAccountedOnce() {
    TestServer.Answer answer = embed("\"input\": [\"ab\", \"c\"]");
    JsonNode json = answer.json();

    assertThat(json.path("object").asString()).isEqualTo("list");
    assertThat(json.path("model").asString()).isEqualTo("fake-model");
    assertThat(json.path("data").size()).isEqualTo(2);
    assertThat(json.path("data").get(1).path("object").asString()).isEqualTo("embedding");
    assertThat(json.path("data").get(1).path("index").intValue()).isEqualTo(1);
    assertThat(json.path("data").get(1).path("embedding").get(0).doubleValue())
        .isCloseTo(0.099, within(1e-6));
    assertThat(json.path("usage").path("prompt_tokens").intValue()).isEqualTo(3);
    assertThat(json.path("usage").path("total_tokens").intValue()).isEqualTo(3);
    assertThat(json.path("usage").has("completion_tokens")).isFalse();
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("prompt_tokens").intValue()).isEqualTo(3);
    assertThat(row.path("completion_tokens").intValue()).isZero();
    assertThat(row.path("choices").intValue()).isEqualTo(2);
    assertThat(row.path("finish_reason").asString()).isEqualTo("stop");
    assertThat(row.path("compute_us").longValue()).isEqualTo(2000);
  }

  @Test
  void costsItsPromptAlthoughNothingIsGenerated() {
    server.post(
        "/admin/prices",
        TestServer.ADMIN_KEY,
        "{\"model\": \"fake-model\", \"prompt\": 1000000, \"cached\": 0, \"completion\": 5000000}");
    TestServer.Answer answer = embed("\"input\": \"four\"");

    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("cost_micros").longValue()).as(row.toString()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"ab\"", "[\"ab\"]", "[97, 98]", "[[97, 98]]"})
  void takesAllFormsOfAnInput(String input) {
    embed("\"input\": " + input);

    assertThat(last().inputs()).hasSize(1);
    assertThat(last().inputs().getFirst()).containsExactly(97, 98);
  }

  @Test
  void base64IsTheSameNumbers() {
    JsonNode floats = embed("\"input\": \"abc\"").json().at("/data/0/embedding");
    JsonNode text =
        embed("\"input\": \"abc\", \"encoding_format\": \"base64\"").json().at("/data/0/embedding");

    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(text.asString())).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(FakeEngine.DIMENSIONS * Float.BYTES);
    for (int d = 0; d < FakeEngine.DIMENSIONS; d++) {
      assertThat(bytes.getFloat()).isEqualTo((float) floats.get(d).doubleValue());
    }
  }

  @Test
  void passesOnHowVectorsAreMade() {
    embed("\"input\": \"a\"");
    assertThat(last().params().pooling()).isEqualTo(Pooling.MEAN);
    assertThat(last().params().dimensions()).isEqualTo(FakeEngine.DIMENSIONS);
    assertThat(last().params().normalize()).isTrue();
    JsonNode json =
        embed(
                "\"input\": \"a\", \"dimensions\": 2, \"pooling\": \"cls\", \"normalize\": false, \"user\": \"u\"")
            .json();
    assertThat(last().params().pooling()).isEqualTo(Pooling.CLS);
    assertThat(last().params().normalize()).isFalse();
    assertThat(json.at("/data/0/embedding").size()).isEqualTo(2);
  }

  @Test
  void longInputsAreRefusedByNameOrCut() {
    String tooLong = "x".repeat(FakeEngine.MAX_MODEL_LEN + 1);
    refused(
        embed("\"input\": [\"a\", \"%s\"]".formatted(tooLong)),
        "input[1]",
        Integer.toString(FakeEngine.MAX_MODEL_LEN),
        Integer.toString(FakeEngine.MAX_MODEL_LEN + 1),
        "truncate_prompt_tokens");
    embed("\"truncate_prompt_tokens\": -1, \"input\": \"%s\"".formatted(tooLong));
    assertThat(last().inputs().getFirst()).hasSize(FakeEngine.MAX_MODEL_LEN);
    embed("\"truncate_prompt_tokens\": 2, \"input\": [\"abc\"]");
    assertThat(last().inputs().getFirst()).containsExactly(97, 98);
    embed("\"truncate_prompt_tokens\": 2, \"input\": [97, 98, 99]");
    assertThat(last().inputs().getFirst()).containsExactly(97, 98);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"user\": \"u\"` | input",
        "`\"input\": []` | input",
        "`\"input\": 7` | input",
        "`\"input\": [\"a\", 7]` | input[1]",
        "`\"input\": [[97], [98, 999999]]` | input[1][1]",
        "`\"input\": [[97], []]` | input[1]",
        "`\"input\": \"a\", \"dimensions\": 0` | dimensions",
        "`\"input\": \"a\", \"dimensions\": 7` | dimensions",
        "`\"input\": \"a\", \"encoding_format\": \"hex\"` | encoding_format",
        "`\"input\": \"a\", \"pooling\": \"max\"` | pooling",
        "`\"input\": \"a\", \"truncate_prompt_tokens\": 0` | truncate_prompt_tokens",
        "`\"input\": \"a\", \"truncate_prompt_tokens\": 9999` | truncate_prompt_tokens",
        "`\"input\": \"a\", \"messages\": []` | messages",
      })
  void namesWhatIsWrong(String fields, String param) {
    refused(embed(fields), param);
  }

  @Test
  void takes2048Inputs() {
    String input = String.join(",", Collections.nCopies(EmbeddingInputs.MOST, "\"a\""));
    JsonNode json = embed("\"input\": [%s]".formatted(input)).json();
    assertThat(json.path("data").size()).isEqualTo(EmbeddingInputs.MOST);
    assertThat(server.engine().embedded().getLast().inputs()).hasSize(EmbeddingInputs.MOST);
    refused(embed("\"input\": [%s, \"a\"]".formatted(input)), "input", "2048", "2049");
  }

  @Test
  void modelsDoWhatTheyAreCapableOf() {
    JsonNode models = server.get("/v1/models", TestServer.API_KEY).json().path("data");
    assertThat(capabilities(models.get(0))).containsExactly("chat", "completions", "embeddings");
    assertThat(capabilities(models.get(1))).containsExactly("embeddings");
    assertThat(models.get(1).path("embedding_dimensions").intValue())
        .isEqualTo(FakeEngine.DIMENSIONS);
    assertThat(capabilities(models.get(2))).containsExactly("chat", "completions");
    assertThat(models.get(2).has("embedding_dimensions")).isFalse();
    refused(
        server.post(
            "/v1/chat/completions",
            "{\"model\": \"embeds-only\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"),
        "model",
        "embeds-only",
        "/v1/embeddings");
    refused(
        server.post("/v1/completions", "{\"model\": \"embeds-only\", \"prompt\": \"Hi\"}"),
        "model");
    refused(
        server.post(PATH, "{\"model\": \"generates-only\", \"input\": \"Hi\"}"),
        "model",
        "generates-only",
        "does not embed");
    refused(
        server.post(
            "/v1/completions",
            "{\"model\": \"generates-only\", \"prompt\": \"Hi\", \"echo\": true, \"logprobs\": 1}"),
        "echo",
        "generates-only");
    assertThat(server.post(PATH, "{\"model\": \"embeds-only\", \"input\": \"Hi\"}").status())
        .isEqualTo(200);
  }

  private static List<String> capabilities(JsonNode model) {
    return model.path("capabilities").valueStream().map(JsonNode::asString).toList();
  }

  @Test
  void failuresAndRefusalsAreTheAnswer() {
    try {
      server.engine().failAfter(1);
      TestServer.Answer failed = embed("\"input\": [\"a\", \"b\"]");
      assertThat(failed.status()).isEqualTo(500);
      assertThat(server.usage(failed.header("x-request-id")).path("finish_reason").asString())
          .isEqualTo("error");
      server
          .engine()
          .refuse(
              new GenerateEvent.Rejected(
                  GenerateEvent.Rejected.Cause.QUEUE_FULL, "full.", 2_000_000_000L));
      TestServer.Answer refused = embed("\"input\": [\"a\", \"b\"]");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("2");
    } finally {
      server.engine().reset();
    }
  }

  @Test
  void isAnEventOfTheFlightRecorder() {
    List<RecordedEvent> events = new CopyOnWriteArrayList<>();
    try (RecordingStream recording = new RecordingStream()) {
      recording.setReuse(false);
      recording.enable("penstock.Request");
      recording.onEvent("penstock.Request", events::add);
      recording.startAsync();
      assertThat(embed("\"input\": [\"ab\", \"c\"]").status()).isEqualTo(200);
      recording.stop();
    }
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().getLong("tokens")).isZero();
    assertThat(events.getFirst().getDuration("admission")).isPositive();
    assertThat(events.getFirst().getDuration()).isPositive();
  }
}
