package io.penstock.bench.server;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A tenant's client and the operator's, over plain HTTP. */
public final class Client implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String DATA = "data: ";

  private final JsonMapper json = JsonMapper.shared();
  private final ServerProcess server;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  public Client(ServerProcess server) {
    this.server = server;
  }

  /**
   * One chat completion of exactly {@code tokens} tokens, streamed.
   *
   * @throws IOException when the server refuses or breaks off
   */
  public Received stream(String model, String prompt, int tokens)
      throws IOException, InterruptedException {
    Map<String, Object> body =
        Map.of(
            "model",
            model,
            "messages",
            List.of(Map.of("role", "user", "content", prompt)),
            "max_tokens",
            tokens,
            "ignore_eos",
            true,
            "return_token_ids",
            true,
            "stream",
            true);
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
            .header("Authorization", "Bearer " + server.apiKey())
            .header("Content-Type", "application/json")
            .timeout(PATIENCE)
            .POST(BodyPublishers.ofString(json.writeValueAsString(body)))
            .build();
    long sent = System.nanoTime();
    HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException("HTTP " + response.statusCode() + ": " + lines.toList());
      }
      return receive(lines, sent);
    }
  }

  private Received receive(Stream<String> lines, long sent) throws IOException {
    int tokens = 0;
    long first = 0;
    boolean done = false;
    String finish = null;
    for (String line : (Iterable<String>) lines::iterator) {
      if (line.equals(DATA + "[DONE]")) {
        done = true;
      } else if (line.startsWith(DATA)) {
        JsonNode chunk = json.readTree(line.substring(DATA.length()));
        if (chunk.has("error")) {
          throw new IOException("in the stream: " + chunk.get("error"));
        }
        for (JsonNode choice : chunk.path("choices")) {
          int ids = choice.path("token_ids").size();
          if (ids > 0 && first == 0) {
            first = System.nanoTime();
          }
          tokens += ids;
          finish = choice.path("finish_reason").asString(finish);
        }
      }
    }
    return new Received(tokens, done && finish != null, first - sent, System.nanoTime() - sent);
  }

  /** The first model's id, or null while none is ready. */
  public String readyModel() throws InterruptedException {
    try {
      HttpResponse<String> ready =
          http.send(
              HttpRequest.newBuilder(server.uri("/readyz")).timeout(Duration.ofSeconds(5)).build(),
              BodyHandlers.ofString());
      if (ready.statusCode() != 200) {
        return null;
      }
      HttpResponse<String> models = get("/v1/models", server.apiKey());
      return json.readTree(models.body()).path("data").path(0).path("id").asString(null);
    } catch (IOException e) {
      return null; // not listening yet
    }
  }

  /** Completion tokens in the usage table, and its rows. */
  public Accounted accounted() throws IOException, InterruptedException {
    long tokens = 0;
    long rows = 0;
    String before = "";
    while (true) {
      HttpResponse<String> response = get("/admin/usage?limit=500" + before, server.adminKey());
      if (response.statusCode() != 200) {
        throw new IOException("HTTP " + response.statusCode() + ": " + response.body());
      }
      JsonNode page = json.readTree(response.body());
      for (JsonNode row : page.path("data")) {
        tokens += row.path("completion_tokens").asLong();
        rows++;
      }
      if (!page.path("has_more").asBoolean()) {
        return new Accounted(rows, tokens);
      }
      before = "&before=" + page.path("next_before").asString();
    }
  }

  /**
   * The same once as many rows are there as requests were made: rows are written behind the
   * answers, so the last ones may take a moment.
   */
  public Accounted accounted(int requests) throws IOException, InterruptedException {
    Accounted accounted = accounted();
    for (int i = 0; i < 50 && accounted.rows() < requests; i++) {
      Thread.sleep(100);
      accounted = accounted();
    }
    return accounted;
  }

  private HttpResponse<String> get(String path, String key)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(server.uri(path))
            .header("Authorization", "Bearer " + key)
            .timeout(Duration.ofSeconds(30))
            .build(),
        BodyHandlers.ofString());
  }

  @Override
  public void close() {
    http.close();
  }

  /**
   * @param tokens token ids received
   * @param complete whether the stream ended with a finish reason and [DONE]
   * @param firstTokenNanos from sending to the first token
   * @param totalNanos from sending to the end
   */
  public record Received(int tokens, boolean complete, long firstTokenNanos, long totalNanos) {}

  /**
   * @param rows requests in the usage table
   * @param tokens their completion tokens
   */
  public record Accounted(long rows, long tokens) {}
}
