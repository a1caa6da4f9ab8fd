package io.penstock.bench.clients;

import io.penstock.bench.Installation;
import io.penstock.bench.MavenTests;
import io.penstock.bench.Report;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.ServerProcess;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Clients that others wrote, against the packaged application with a tiny model: OpenAI's and
 * Anthropic's for npm, OpenAI's for Java, LangChain4j, Spring AI.
 */
final class SdkScenario implements ClientScenario {
  private static final String MODEL = "engine/src/test/fixtures/tiny/llama-gqa";

  /** What a row says of a test class, in the order of the rows. */
  private static final Map<String, String> CLIENTS = new LinkedHashMap<>();

  static {
    CLIENTS.put(
        "NpmClientsTest",
        "npm openai (chats, tools, zod, embeddings, responses, batches, errors, retries), @anthropic-ai/sdk");
    CLIENTS.put("OpenAiJavaClientTest", "OpenAI's Java SDK: chats, streams, embeddings, errors");
    CLIENTS.put(
        "OpenAiJavaMoreTest", "OpenAI's Java SDK: Java classes, tools, responses, files, batches");
    CLIENTS.put("LangChain4jTest", "LangChain4j: chats, tools, embeddings");
    CLIENTS.put("SpringAiTest", "Spring AI: chats, tools, embeddings");
  }

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "sdks";
  }

  @Override
  public void run(Report report) throws Exception {
    Map<String, String> settings =
        Map.of(
            "PENSTOCK_MODEL",
            "tiny=%s,slow=null:?tokens-per-second=20".formatted(Installation.root().resolve(MODEL)),
            "PENSTOCK_KV_CACHE_SIZE",
            "64MB");
    try (ServerProcess server = new ServerProcess(settings)) {
      server.awaitReady(new Client(server), PATIENCE);
      new MavenTests(
              String.join(",", CLIENTS.keySet()),
              Map.of(
                  "tests.e2e.url",
                  server.uri("").toString(),
                  "tests.e2e.key",
                  server.apiKey(),
                  "tests.e2e.admin-key",
                  server.adminKey()),
              null,
              "against the packaged application: ",
              "tests")
          .runEach(name(), CLIENTS, report);
    }
  }
}
