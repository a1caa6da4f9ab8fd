package io.penstock.api.openai.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.core.ServiceTier;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BatchesTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String KEY = TestServer.API_KEY;

  private final TestServer server = TestServer.fake();

  private static String line(String id, String more) {
    return """
        {"custom_id": "%s", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "fake-model", "messages": [{"role": "user", "content": "Hi"}]%s}}
        """
        .formatted(id, more);
  }

  private static TestServer.Answer upload(
      TestServer server, String key, String purpose, String content) {
    String body =
        "--limit\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n"
            + purpose
            + "\r\n--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n"
            + content
            + "\r\n--limit--\r\n";
    return server.send(
        server
            .request("/v1/files", key)
            .header("Content-Type", "multipart/form-data; boundary=limit")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private static String file(TestServer server, String key, String content) {
    TestServer.Answer answer = upload(server, key, "batch", content);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().path("id").asString();
  }

  private static TestServer.Answer create(TestServer server, String key, String file) {
    return create(server, key, file, CHAT);
  }

  private static TestServer.Answer create(
      TestServer server, String key, String file, String endpoint) {
    return server.post(
        "/v1/batches",
        key,
        """
        {"input_file_id": "%s", "endpoint": "%s", "completion_window": "24h",
         "metadata": {"a": "b"}}"""
            .formatted(file, endpoint));
  }

  private static JsonNode begin(TestServer server, String key, String content) {
    TestServer.Answer answer = create(server, key, file(server, key, content));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private static JsonNode await(TestServer server, String id, String status) {
    return TestServer.await(
        "batch " + status,
        () -> {
          JsonNode batch = server.get("/v1/batches/" + id, KEY).json();
          return batch.path("status").asString().equals(status) ? batch : null;
        });
  }

  private List<JsonNode> content(String file) {
    TestServer.Answer answer = server.get("/v1/files/" + file + "/content", KEY);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    List<JsonNode> lines = new ArrayList<>();
    answer.text().lines().forEach(line -> lines.add(new JsonMapper().readTree(line)));
    return lines;
  }

  @Test
  void runsAllAndTellsGoodFromBad() {
    JsonNode batch =
        begin(
            server,
            KEY,
            line("one", ", \"max_tokens\": 3")
                + "\n"
                + line("two", ", \"temperature\": 9")
                + line("three", ", \"max_tokens\": 5"));
    assertThat(batch.path("object").asString()).isEqualTo("batch");
    assertThat(batch.path("status").asString()).isEqualTo("in_progress");
    assertThat(batch.path("metadata").path("a").asString()).isEqualTo("b");

    JsonNode done = await(server, batch.path("id").asString(), "completed");

    assertThat(done.path("request_counts").toString())
        .isEqualTo("{\"total\":3,\"completed\":2,\"failed\":1}");
    List<JsonNode> output = content(done.path("output_file_id").asString());
    assertThat(output)
        .extracting(l -> l.path("custom_id").asString())
        .containsExactly("one", "three");
    JsonNode response = output.getFirst().path("response");
    assertThat(response.path("status_code").intValue()).isEqualTo(200);
    assertThat(
            response.path("body").path("choices").get(0).path("message").path("content").asString())
        .isEqualTo("abc");
    JsonNode row = server.usage(response.path("request_id").asString());
    assertThat(row.path("service_tier").asString()).isEqualTo("batch");
    assertThat(row.path("endpoint").asString()).isEqualTo(CHAT);
    assertThat(server.engine().submitted()).allMatch(r -> r.tier() == ServiceTier.BATCH);
    List<JsonNode> errors = content(done.path("error_file_id").asString());
    assertThat(errors).hasSize(1);
    assertThat(errors.getFirst().path("response").path("status_code").intValue()).isEqualTo(400);
    assertThat(
            errors.getFirst().path("response").path("body").path("error").path("param").asString())
        .isEqualTo("temperature");
    JsonNode file = server.get("/v1/files/" + done.path("output_file_id").asString(), KEY).json();
    assertThat(file.path("purpose").asString()).isEqualTo("batch_output");
    assertThat(file.path("bytes").longValue())
        .isEqualTo(
            server
                .get("/v1/files/" + file.path("id").asString() + "/content", KEY)
                .text()
                .getBytes(java.nio.charset.StandardCharsets.UTF_8)
                .length);
  }

  /** The body of the only answer to a batch of a good request and a bad one. */
  private JsonNode answer(String endpoint, String good, String bad, String param) {
    String line =
        """
        {"custom_id": "%s", "method": "POST", "url": "%s", "body": {"model": "fake-model", %s}}
        """;
    String file =
        file(
            server,
            KEY,
            line.formatted("good", endpoint, good) + line.formatted("bad", endpoint, bad));
    JsonNode batch = create(server, KEY, file, endpoint).json();
    JsonNode done = await(server, batch.path("id").asString(), "completed");
    assertThat(done.path("request_counts").toString())
        .isEqualTo("{\"total\":2,\"completed\":1,\"failed\":1}");
    JsonNode refused = content(done.path("error_file_id").asString()).getFirst().path("response");
    assertThat(refused.path("status_code").intValue()).isEqualTo(400);
    assertThat(refused.path("body").path("error").path("param").asString()).isEqualTo(param);
    JsonNode response = content(done.path("output_file_id").asString()).getFirst().path("response");
    assertThat(response.path("status_code").intValue()).isEqualTo(200);
    JsonNode row = server.usage(response.path("request_id").asString());
    assertThat(row.path("service_tier").asString()).isEqualTo("batch");
    assertThat(row.path("endpoint").asString()).isEqualTo(endpoint);
    return response.path("body");
  }

  @Test
  void runsCompletions() {
    JsonNode body =
        answer(
            "/v1/completions",
            "\"prompt\": \"Hi\", \"max_tokens\": 3",
            "\"prompt\": \"Hi\", \"stream\": true",
            "stream");
    assertThat(body.path("choices").get(0).path("text").asString()).isEqualTo("abc");
  }

  @Test
  void runsEmbeddings() {
    JsonNode body =
        answer(
            "/v1/embeddings",
            "\"input\": [\"a\", \"b\"], \"encoding_format\": \"base64\"",
            "\"input\": \"a\", \"dimensions\": 7",
            "dimensions");
    assertThat(body.path("data").size()).isEqualTo(2);
    assertThat(body.path("data").get(1).path("embedding").isString()).isTrue();
    assertThat(server.engine().embedded()).allMatch(r -> r.tier() == ServiceTier.BATCH);
  }

  @Test
  void runsResponsesWhichAreKept() {
    JsonNode body =
        answer(
            "/v1/responses",
            "\"input\": \"Hi\", \"max_output_tokens\": 16",
            "\"input\": \"Hi\", \"stream\": true",
            "stream");
    assertThat(body.path("object").asString()).isEqualTo("response");
    JsonNode kept = server.get("/v1/responses/" + body.path("id").asString(), KEY).json();
    assertThat(kept.path("output")).isEqualTo(body.path("output"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | empty_file",
        "`nonsense` | invalid_json_line",
        "`{\"method\": \"POST\"}` | missing_required_parameter",
        "`{\"custom_id\": \"x\", \"method\": \"GET\"}` | invalid_method",
        "`{\"custom_id\": \"x\", \"method\": \"POST\", \"url\": \"/v1/other\"}` | mismatched_url",
        "`{\"custom_id\": \"x\", \"method\": \"POST\", \"url\": \"/v1/chat/completions\", \"body\": 3}` | missing_required_parameter",
      })
  void aWrongFileFailsAtOnce(String content, String code) {
    JsonNode batch = begin(server, KEY, content == null ? "" : content);
    assertThat(batch.path("status").asString()).isEqualTo("failed");
    assertThat(batch.path("errors").path("data").get(0).path("code").asString()).isEqualTo(code);
    assertThat(server.engine().submitted()).isEmpty();
  }

  @Test
  void idsStandOnce() {
    JsonNode batch = begin(server, KEY, line("same", "") + line("same", ""));
    JsonNode problem = batch.path("errors").path("data").get(0);
    assertThat(problem.path("code").asString()).isEqualTo("duplicate_custom_id");
    assertThat(problem.path("line").intValue()).isEqualTo(2);
  }

  @Test
  void cancelledWhatHasNotBegunIsNotRun() {
    server.engine().pause();
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      many.append(line("line-" + i, ", \"max_tokens\": 2"));
    }
    String id = begin(server, KEY, many.toString()).path("id").asString();
    TestServer.await("the first lines", () -> server.engine().active() >= 16 ? true : null);
    JsonNode cancelling = server.post("/v1/batches/" + id + "/cancel", "{}").json();
    assertThat(cancelling.path("status").asString()).isEqualTo("cancelling");
    server.engine().resume();

    JsonNode done = await(server, id, "cancelled");

    assertThat(done.path("request_counts").path("completed").intValue()).isEqualTo(16);
    assertThat(content(done.path("output_file_id").asString())).hasSize(16);
    List<JsonNode> errors = content(done.path("error_file_id").asString());
    assertThat(errors).hasSize(24);
    assertThat(errors.getFirst().path("error").path("code").asString())
        .isEqualTo("batch_cancelled");
    assertThat(server.post("/v1/batches/" + id + "/cancel", "{}").json().path("status").asString())
        .isEqualTo("cancelled");
  }

  @Test
  void waitsWhereThereIsNoRoom() {
    server
        .engine()
        .refuse(
            new GenerateEvent.Rejected(GenerateEvent.Rejected.Cause.QUEUE_FULL, "queue is full."));
    String id = begin(server, KEY, line("one", ", \"max_tokens\": 2")).path("id").asString();
    TestServer.await("a refusal", () -> server.engine().submitted().isEmpty() ? null : true);
    assertThat(server.get("/v1/batches/" + id, KEY).json().path("status").asString())
        .isEqualTo("in_progress");
    server.engine().refuse(null);
    JsonNode done = await(server, id, "completed");
    assertThat(done.path("request_counts").path("completed").intValue()).isEqualTo(1);
  }

  @Test
  void filesAreListedReadAndDeleted() {
    String id = file(server, KEY, "some content\nof two lines");
    JsonNode list = server.get("/v1/files?purpose=batch&limit=1", KEY).json();
    assertThat(list.path("data").get(0).path("id").asString()).isEqualTo(id);
    assertThat(server.get("/v1/files/" + id, KEY).json().path("filename").asString())
        .isEqualTo("in.jsonl");
    assertThat(server.get("/v1/files/" + id + "/content", KEY).text())
        .isEqualTo("some content\nof two lines");
    HttpRequest delete = server.request("/v1/files/" + id, KEY).DELETE().build();
    assertThat(server.send(delete).json().path("deleted").booleanValue()).isTrue();
    assertThat(server.send(delete).status()).isEqualTo(404);
  }

  @Test
  void badUploads() {
    assertThat(upload(server, KEY, "fine-tune", "x").error().path("param").asString())
        .isEqualTo("purpose");
    assertThat(server.post("/v1/files", "{}").status()).isEqualTo(415);
    assertThat(upload(server, KEY, "batch", "x".repeat(70_000)).status()).isEqualTo(413);
    TestServer.Answer broken =
        server.send(
            server
                .request("/v1/files", KEY)
                .header("Content-Type", "multipart/form-data")
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build());
    assertThat(broken.status()).as(broken.text()).isEqualTo(400);
    assertThat(create(server, KEY, "file-none").status()).isEqualTo(404);
  }

  @Test
  void nobodyElseSeesThem() {
    String file = file(server, KEY, line("x", ""));
    String batch = create(server, KEY, file).json().path("id").asString();
    String other = server.newTenant().key();
    for (String path :
        List.of("/v1/files/" + file, "/v1/files/" + file + "/content", "/v1/batches/" + batch)) {
      assertThat(server.get(path, other).status()).as(path).isEqualTo(404);
    }
    assertThat(server.post("/v1/batches/" + batch + "/cancel", other, "{}").status())
        .isEqualTo(404);
    assertThat(server.send(server.request("/v1/files/" + file, other).DELETE().build()).status())
        .isEqualTo(404);
    assertThat(create(server, other, file).status()).isEqualTo(404);
    assertThat(server.get("/v1/files", other).json().path("data").size()).isZero();
    assertThat(server.get("/v1/batches", other).json().path("data").size()).isZero();
  }

  @Test
  void plansMayLeaveBatchesOut() {
    TestServer.Tenant tenant = server.newTenant("\"tiers\": [\"default\"]");
    TestServer.Answer answer =
        create(server, tenant.key(), file(server, tenant.key(), line("x", "")));
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.error().path("code").asString()).isEqualTo("service_tier_not_allowed");
  }

  /** A server that stops in the middle leaves the rest to the next. */
  @Test
  void goesOnAfterARestart() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    String id;
    try (TestServer first = TestServer.withFakeEngineOn(database)) {
      first.engine().pause();
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        many.append(line("line-" + i, ", \"max_tokens\": 2"));
      }
      id = begin(first, KEY, many.toString()).path("id").asString();
      TestServer.await("the first lines", () -> first.engine().active() >= 16 ? true : null);
    }
    try (TestServer second = TestServer.withFakeEngineOn(database)) {
      TestServer.await(
          "the rest",
          () ->
              second
                          .get("/v1/batches/" + id, KEY)
                          .json()
                          .path("request_counts")
                          .path("completed")
                          .intValue()
                      == 20
                  ? true
                  : null);
      await(second, id, "completed");
    }
  }
}
