package io.penstock.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every kind of wrong request gets a clear 4xx in OpenAI's shape, and the server goes on. */
class BadInputTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";
  private static final String MESSAGES =
      "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";

  private final TestServer server = TestServer.fake();

  private static String chat(String more) {
    return "{\"model\": \"fake-model\", " + MESSAGES + ", " + more + "}";
  }

  private static String completion(String more) {
    return "{\"model\": \"fake-model\", " + more + "}";
  }

  /** Checks the whole shape of the error and that nothing reached the engine. */
  private JsonNode refused(TestServer.Answer answer, int status, String param) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.header("x-request-id")).startsWith("req_");
    JsonNode error = answer.error();
    assertThat(error.propertyNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
    assertThat(error.path("message").asString()).isNotBlank();
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.path("param").isNull() ? null : error.path("param").asString())
        .isEqualTo(param);
    assertThat(server.engine().submitted()).isEmpty();
    return error;
  }

  @AfterEach
  void theServerGoesOn() {
    assertThat(server.post(CHAT, chat("\"max_tokens\": 1")).status()).isEqualTo(200);
  }

  @Test
  void malformedJsonNamesThePosition() {
    JsonNode error = refused(server.post(CHAT, "{\"model\": \"fake-model\",\n  oops"), 400, null);
    assertThat(error.path("message").asString()).contains("line 2, column");
    assertThat(error.path("code").asString()).isEqualTo("invalid_json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "[]", "3", "\"text\"", "null", "{} {}", "{\"model\": 1"})
  void bodiesThatAreNoJsonObject(String body) {
    refusedWhatever(server.post(CHAT, body));
  }

  private void refusedWhatever(TestServer.Answer answer) {
    String param =
        answer.error().path("param").isNull() ? null : answer.error().path("param").asString();
    refused(answer, 400, param);
  }

  @Test
  void duplicateKeys() {
    refusedWhatever(server.post(CHAT, chat("\"n\": 1, \"n\": 2")));
  }

  @Test
  void deeplyNestedJson() {
    refusedWhatever(
        server.post(CHAT, chat("\"metadata\": " + "[".repeat(10_000) + "]".repeat(10_000))));
  }

  @Test
  void unknownModel() {
    JsonNode error =
        refused(server.post(CHAT, "{\"model\": \"gpt-9\", " + MESSAGES + "}"), 404, "model");
    assertThat(error.path("code").asString()).isEqualTo("model_not_found");
    assertThat(error.path("message").asString()).contains("gpt-9");
  }

  @Test
  void missingModel() {
    refused(server.post(CHAT, "{" + MESSAGES + "}"), 400, "model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"messages\": []` | messages",
        "`\"messages\": null` | messages",
        "`\"stream\": false` | messages",
        "`\"messages\": \"Hi\"` | messages",
        "`\"messages\": [\"Hi\"]` | messages[0]",
        "`\"messages\": [{\"content\": \"Hi\"}]` | messages[0].role",
        "`\"messages\": [{\"role\": 1, \"content\": \"Hi\"}]` | messages[0].role",
        "`\"messages\": [{\"role\": \"wizard\", \"content\": \"Hi\"}]` | messages[0].role",
        "`\"messages\": [{\"role\": \"user\"}]` | messages[0].content",
        "`\"messages\": [{\"role\": \"user\", \"content\": 3}]` | messages[0].content",
        "`\"messages\": [{\"role\": \"user\", \"content\": []}]` | messages[0].content",
        "`\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {\"url\": \"x\"}}]}]` | messages[0].content[0]",
        "`\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": 1}]}]` | messages[0].content[0].text",
        "`\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800\"}]` | messages[0].content",
        "`\"messages\": [{\"role\": \"tool\", \"content\": \"x\"}]` | messages",
      })
  void badMessages(String messages, String param) {
    refused(server.post(CHAT, "{\"model\": \"fake-model\", " + messages + "}"), 400, param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // wrong types
        "`\"temperature\": \"hot\"` | temperature",
        "`\"temperature\": \"0.5\"` | temperature",
        "`\"temperature\": []` | temperature",
        "`\"max_tokens\": \"5\"` | max_tokens",
        "`\"max_tokens\": 1.5` | max_tokens",
        "`\"max_tokens\": true` | max_tokens",
        "`\"max_tokens\": 99999999999` | max_tokens",
        "`\"n\": \"2\"` | n",
        "`\"stream\": \"yes\"` | stream",
        "`\"stream\": 1` | stream",
        "`\"stream\": true, \"stream_options\": true` | stream_options",
        "`\"stream\": true, \"stream_options\": {\"include_usage\": 1}` | stream_options.include_usage",
        "`\"stop\": 3` | stop",
        "`\"stop\": [1]` | stop[0]",
        "`\"seed\": \"x\"` | seed",
        "`\"logit_bias\": []` | logit_bias",
        // out of range
        "`\"temperature\": -0.1` | temperature",
        "`\"temperature\": 2.1` | temperature",
        "`\"temperature\": 1e999` | temperature",
        "`\"top_p\": 0` | top_p",
        "`\"top_p\": -1` | top_p",
        "`\"top_p\": 1.1` | top_p",
        "`\"top_k\": -2` | top_k",
        "`\"min_p\": -0.5` | min_p",
        "`\"min_p\": 2` | min_p",
        "`\"repetition_penalty\": 0` | repetition_penalty",
        "`\"repetition_penalty\": -1` | repetition_penalty",
        "`\"presence_penalty\": 2.5` | presence_penalty",
        "`\"frequency_penalty\": -2.5` | frequency_penalty",
        "`\"n\": 0` | n",
        "`\"n\": -1` | n",
        "`\"n\": 129` | n",
        "`\"logprobs\": true, \"top_logprobs\": 21` | top_logprobs",
        "`\"logprobs\": true, \"top_logprobs\": -1` | top_logprobs",
        "`\"top_logprobs\": 2` | top_logprobs",
        "`\"max_tokens\": 0` | max_tokens",
        "`\"max_tokens\": -5` | max_tokens",
        "`\"max_completion_tokens\": 0` | max_completion_tokens",
        "`\"min_tokens\": -1` | min_tokens",
        "`\"min_tokens\": 10, \"max_tokens\": 5` | min_tokens",
        "`\"stop\": \"\"` | stop",
        "`\"stop\": [\"a\", \"\"]` | stop[1]",
        "`\"stop_token_ids\": [258]` | stop_token_ids[0]",
        "`\"stop_token_ids\": [-1]` | stop_token_ids[0]",
        "`\"logit_bias\": {\"258\": 1}` | logit_bias.258",
        "`\"logit_bias\": {\"x\": 1}` | logit_bias.x",
        "`\"logit_bias\": {\"5\": 101}` | logit_bias.5",
        "`\"logit_bias\": {\"5\": null}` | logit_bias.5",
        "`\"stream_options\": {\"include_usage\": true}` | stream_options",
        // not supported
        "`\"tool_choice\": \"required\"` | tool_choice",
        "`\"modalities\": [\"text\", \"audio\"]` | modalities",
        "`\"chat_template_kwargs\": {\"messages\": []}` | chat_template_kwargs.messages",
        "`\"service_tier\": \"gold\"` | service_tier",
        // unknown
        "`\"max_token\": 5` | max_token",
      })
  void badParameters(String parameter, String param) {
    refused(server.post(CHAT, chat(parameter)), 400, param);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "0x10", ".5", "1."})
  void numbersThatAreNotJson(String number) {
    refusedWhatever(server.post(CHAT, chat("\"temperature\": " + number)));
  }

  /** What OpenAI's own fields ask for by default is no feature that we lack. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"response_format\": {\"type\": \"text\"}",
        "\"tools\": [], \"tool_choice\": \"none\"",
        "\"user\": \"u\", \"store\": false, \"metadata\": {\"a\": \"b\"}, \"service_tier\": \"flex\"",
        "\"temperature\": null, \"stop\": null, \"logit_bias\": null, \"audio\": null",
      })
  void harmlessFieldsAreAccepted(String fields) {
    assertThat(server.post(CHAT, chat(fields + ", \"max_tokens\": 1")).status()).isEqualTo(200);
  }

  @Test
  void promptLongerThanTheContext() {
    String longText = "x".repeat(1100);
    JsonNode chatError =
        refused(
            server.post(
                CHAT,
                "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"
                    .formatted(longText)),
            400,
            "messages");
    assertThat(chatError.path("code").asString()).isEqualTo("context_length_exceeded");
    assertThat(chatError.path("message").asString()).contains("1024", "1119");
    JsonNode error =
        refused(
            server.post(COMPLETIONS, completion("\"prompt\": \"" + longText + "\"")),
            400,
            "prompt");
    assertThat(error.path("code").asString()).isEqualTo("context_length_exceeded");
  }

  /** Told by its length alone; encoding it would take long. */
  @Test
  void promptFarLongerThanTheContext() {
    String longText = "x".repeat(60_000);
    for (JsonNode error :
        new JsonNode[] {
          refused(
              server.post(
                  CHAT,
                  "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"
                      .formatted(longText)),
              400,
              "messages"),
          refused(
              server.post(COMPLETIONS, completion("\"prompt\": \"" + longText + "\"")),
              400,
              "prompt")
        }) {
      assertThat(error.path("code").asString()).isEqualTo("context_length_exceeded");
      assertThat(error.path("message").asString()).contains("at least 5000");
    }
  }

  @Test
  void maxTokensBeyondTheContext() {
    JsonNode error = refused(server.post(CHAT, chat("\"max_tokens\": 1012")), 400, "max_tokens");
    assertThat(error.path("code").asString()).isEqualTo("context_length_exceeded");
    assertThat(error.path("message").asString()).contains("1024 tokens", "1012 in the completion");
    refused(
        server.post(COMPLETIONS, completion("\"prompt\": \"Hi\", \"max_tokens\": 1023")),
        400,
        "max_tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"max_tokens\": 1` | prompt",
        "`\"prompt\": 3` | prompt",
        "`\"prompt\": []` | prompt",
        "`\"prompt\": \"\"` | prompt",
        "`\"prompt\": [[]]` | prompt[0]",
        "`\"prompt\": [\"a\", 1]` | prompt[1]",
        "`\"prompt\": [1, \"a\"]` | prompt[1]",
        "`\"prompt\": [1, 2.5]` | prompt[1]",
        "`\"prompt\": [258]` | prompt[0]",
        "`\"prompt\": [[97], [-1]]` | prompt[1][0]",
        "`\"prompt\": \"a\", \"logprobs\": 21` | logprobs",
        "`\"prompt\": \"a\", \"logprobs\": -1` | logprobs",
        "`\"prompt\": \"a\", \"max_tokens\": 0` | max_tokens",
        "`\"prompt\": \"a\", \"suffix\": \"b\"` | suffix",
        "`\"prompt\": \"a\", \"best_of\": 2` | best_of",
        "`\"prompt\": [\"a\", \"b\"], \"n\": 65` | n",
      })
  void badCompletions(String body, String param) {
    refused(server.post(COMPLETIONS, completion(body)), 400, param);
  }

  @Test
  void tooManyPrompts() {
    String prompts = String.join(",", java.util.Collections.nCopies(65, "\"a\""));
    refused(server.post(COMPLETIONS, completion("\"prompt\": [" + prompts + "]")), 400, "prompt");
  }

  @Test
  void bodyOverTheLimit() {
    String body = chat("\"user\": \"" + "x".repeat(70_000) + "\"");

    JsonNode announced = refused(server.post(CHAT, body), 413, null);
    assertThat(announced.path("message").asString()).contains("65536 bytes");
    refused(
        server.send(
            server
                .request(CHAT, TestServer.API_KEY)
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofByteArrays(
                        Arrays.asList(body.getBytes(StandardCharsets.UTF_8)))) // chunked
                .build()),
        413,
        null);
  }

  @Test
  void invalidUtf8() {
    byte[] body = chat("\"user\": \"?\"").getBytes(StandardCharsets.UTF_8);
    body[new String(body, StandardCharsets.UTF_8).lastIndexOf('?')] = (byte) 0xff;

    JsonNode error =
        refused(
            server.send(
                server
                    .request(CHAT, TestServer.API_KEY)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build()),
            400,
            null);
    assertThat(error.path("code").asString()).isEqualTo("invalid_utf8");
  }

  @Test
  void unknownRoute() {
    JsonNode error = refused(server.post("/v1/nothing", "{}"), 404, null);
    assertThat(error.path("message").asString()).isEqualTo("Invalid URL (POST /v1/nothing)");
    refused(server.get("/elsewhere", null), 404, null);
  }

  @Test
  void wrongMethod() {
    TestServer.Answer answer = server.get(CHAT, TestServer.API_KEY);
    refused(answer, 405, null);
    assertThat(answer.header("allow")).isEqualTo("POST");
  }

  @Test
  void wrongMediaType() {
    refused(
        server.send(
            server
                .request(CHAT, TestServer.API_KEY)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(chat("\"n\": 1")))
                .build()),
        415,
        null);
  }

  @Test
  void tokenizeAndDetokenize() {
    refused(server.post("/tokenize", "{\"model\": \"fake-model\"}"), 400, "messages");
    refused(server.post("/tokenize", "{\"prompt\": \"a\", " + MESSAGES + "}"), 400, "prompt");
    refused(server.post("/tokenize", "{\"prompt\": 1}"), 400, "prompt");
    refused(server.post("/tokenize", "{\"model\": \"x\", \"prompt\": \"a\"}"), 404, "model");
    refused(server.post("/detokenize", "{}"), 400, "tokens");
    refused(server.post("/detokenize", "{\"tokens\": [99999]}"), 400, "tokens[0]");
  }
}
