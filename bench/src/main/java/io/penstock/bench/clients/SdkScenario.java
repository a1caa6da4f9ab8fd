package io.penstock.bench.clients;

import io.penstock.bench.Installation;
import io.penstock.bench.MavenTests;
import io.penstock.bench.Report;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.ServerProcess;
import java.time.Duration;
import java.util.Map;

/**
 * Clients that others wrote, against the packaged application with a tiny model: OpenAI's and
 * Anthropic's for npm, OpenAI's for Java, LangChain4j, Spring AI.
 */
final class SdkScenario implements ClientScenario {
  private static final String MODEL = "engine/src/test/fixtures/tiny/llama-gqa";
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
            "tiny=" + Installation.root().resolve(MODEL),
            "PENSTOCK_KV_CACHE_SIZE",
            "64MB");
    try (ServerProcess server = new ServerProcess(settings)) {
      server.awaitReady(new Client(server), PATIENCE);
      new MavenTests(
              "NpmClientsTest,OpenAiJavaClientTest,LangChain4jTest,SpringAiTest",
              Map.of(
                  "penstock.e2e.url",
                  server.uri("").toString(),
                  "penstock.e2e.key",
                  server.apiKey()),
              null,
              "npm openai and @anthropic-ai/sdk, OpenAI's Java SDK, LangChain4j, Spring AI",
              "tests")
          .run(name(), report);
    }
  }
}
