package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** HTTP to the real engine and back, against the references of the tiny model. */
class RealModelTest {
  /** Twice the tolerance of a logit: below it the best token may differ. */
  private static final double LEAST_MARGIN = 4e-4;

  private final TestServer server = TinyModel.server();

  private static JsonNode reference() {
    try {
      return new JsonMapper()
          .readTree(Files.readString(TinyModel.FIXTURE.resolve("reference.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String greedy(String fields) {
    return "{\"model\": \"tiny\", \"temperature\": 0, \"ignore_eos\": true, " + fields + "}";
  }

  @Test
  void greedyTokensAgreeWithTheReference() {
    for (JsonNode prompt : reference().path("prompts")) {
      JsonNode choice =
          server
              .post(
                  "/v1/completions",
                  greedy(
                      "\"max_tokens\": 24, \"return_token_ids\": true, \"prompt\": "
                          + prompt.path("ids")))
              .json()
              .path("choices")
              .get(0);

      assertThat(choice.path("prompt_token_ids")).isEqualTo(prompt.path("ids"));
      assertThat(choice.path("token_ids").size()).isEqualTo(24);
      for (int i = 0;
          i < 24 && prompt.path("greedy_margin").get(i).doubleValue() > LEAST_MARGIN;
          i++) {
        assertThat(choice.path("token_ids").get(i)).isEqualTo(prompt.path("greedy").get(i));
      }
    }
  }

  @Test
  void tokenizerAgreesWithTheReference() {
    for (JsonNode sample : reference().path("tokenizer").path("texts")) {
      String body =
          new JsonMapper()
              .createObjectNode()
              .put("prompt", sample.path("text").asString())
              .toString();
      assertThat(server.post("/tokenize", body).json().path("tokens"))
          .isEqualTo(sample.path("ids"));
    }
  }

  /** The same seed gives the same text, whatever else runs. */
  @Test
  void aSeedFixesTheTextUnderLoad() throws InterruptedException, ExecutionException {
    String body =
        """
        {"model": "tiny", "messages": [{"role": "user", "content": "Hello"}], "seed": 7,
         "temperature": 1.2, "max_tokens": 20, "ignore_eos": true}""";
    String alone = text(server.post("/v1/chat/completions", body));
    try (ExecutorService clients = Executors.newFixedThreadPool(12)) {
      List<Callable<String>> calls = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String other =
            body.replace("Hello", "Hello ".repeat(i + 2)).replace("\"seed\": 7", "\"seed\": " + i);
        String sent = i % 3 == 0 ? body : other;
        boolean same = i % 3 == 0;
        calls.add(() -> same ? text(server.post("/v1/chat/completions", sent)) : checked(sent));
      }
      List<Future<String>> answers = clients.invokeAll(calls);
      for (int i = 0; i < answers.size(); i += 3) {
        assertThat(answers.get(i).get()).isEqualTo(alone);
      }
      for (Future<String> answer : answers) {
        answer.get();
      }
    }
  }

  private String checked(String body) {
    TestServer.Answer answer = server.post("/v1/chat/completions", body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.text();
  }

  private static String text(TestServer.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().path("choices").get(0).path("message").path("content").asString();
  }

  @Test
  void streamedAndWholeTextsAgree() {
    for (int i = 0; i < 5; i++) {
      String fields =
          "\"max_tokens\": 40, \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]"
              .formatted("sample ".repeat(i + 1));
      String whole = text(server.post("/v1/chat/completions", greedy(fields)));
      StringBuilder streamed = new StringBuilder();
      server
          .post("/v1/chat/completions", greedy("\"stream\": true, " + fields))
          .events()
          .forEach(
              e ->
                  streamed.append(
                      e.path("choices").get(0).path("delta").path("content").asString("")));
      assertThat(streamed.toString()).isEqualTo(whole);
    }
  }

  @Test
  void stopStringsEndTheText() {
    String fields = "\"max_tokens\": 40, \"prompt\": \"abc\"";
    String full =
        server
            .post("/v1/completions", greedy(fields))
            .json()
            .path("choices")
            .get(0)
            .path("text")
            .asString();
    String stop = full.substring(5, 8);
    JsonNode stopped =
        server
            .post(
                "/v1/completions",
                greedy(fields + ", \"stop\": " + new JsonMapper().writeValueAsString(stop)))
            .json()
            .path("choices")
            .get(0);
    assertThat(stopped.path("text").asString()).isEqualTo(full.substring(0, full.indexOf(stop)));
    assertThat(stopped.path("finish_reason").asString()).isEqualTo("stop");
    assertThat(stopped.path("stop_reason").asString()).isEqualTo(stop);
  }

  @Test
  void severalChoicesShareThePrompt() {
    TestServer.Answer answer =
        server.post(
            "/v1/chat/completions",
            """
            {"model": "tiny", "n": 3, "seed": 1, "temperature": 1.5, "max_tokens": 12, "ignore_eos": true,
             "messages": [{"role": "user", "content": "Tell me something that is long enough for blocks."}]}""");

    JsonNode json = answer.json();
    assertThat(json.path("choices").size()).as(answer.text()).isEqualTo(3);
    assertThat(json.path("choices").get(0).path("message"))
        .isNotEqualTo(json.path("choices").get(1).path("message"));
    assertThat(json.path("usage").path("completion_tokens").intValue()).isEqualTo(36);
    JsonNode row = server.usage(answer.header("x-request-id"));
    assertThat(row.path("prompt_tokens")).isEqualTo(json.path("usage").path("prompt_tokens"));
  }

  @Test
  void logprobsAreOfTheModel() {
    JsonNode content =
        server
            .post(
                "/v1/chat/completions",
                greedy(
                    "\"max_tokens\": 3, \"logprobs\": true, \"top_logprobs\": 5, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]"))
            .json()
            .path("choices")
            .get(0)
            .path("logprobs")
            .path("content");
    assertThat(content.size()).isEqualTo(3);
    for (JsonNode token : content) {
      assertThat(token.path("top_logprobs").size()).isEqualTo(5);
      // Greedy: the chosen token is the best one.
      assertThat(token.path("logprob"))
          .isEqualTo(token.path("top_logprobs").get(0).path("logprob"));
      assertThat(token.path("logprob").doubleValue()).isNegative();
    }
  }
}
