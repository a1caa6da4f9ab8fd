package io.penstock.api.e2e;

import io.penstock.api.testing.TestServer;
import java.nio.file.Path;

/**
 * A server over a real, tiny model; one for all end-to-end tests. Those that need nothing but its
 * address also run against a server elsewhere, such as the packaged application: {@code
 * penstock.e2e.url} and {@code penstock.e2e.key}.
 */
final class TinyModel {
  static final String ID = "tiny";
  static final Path FIXTURE = Path.of("../engine/src/test/fixtures/tiny/llama-gqa");
  private static final String ELSEWHERE = System.getProperty("penstock.e2e.url");

  private TinyModel() {}

  private static final class Here {
    private static final TestServer SERVER = start();
  }

  /** Where it is, without a slash at the end. */
  static String url() {
    return ELSEWHERE == null ? server().url() : ELSEWHERE;
  }

  static String key() {
    return ELSEWHERE == null ? TestServer.API_KEY : System.getProperty("penstock.e2e.key");
  }

  private static TestServer start() {
    TestServer server =
        TestServer.withRealEngine(
            "--penstock.model=" + ID + "=" + FIXTURE,
            "--penstock.kv-cache-size=64MB",
            "--penstock.threads=2");
    server.awaitReady();
    return server;
  }

  static TestServer server() {
    return Here.SERVER;
  }
}
