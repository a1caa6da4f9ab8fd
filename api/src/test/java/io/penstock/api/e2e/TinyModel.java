package io.penstock.api.e2e;

import io.penstock.api.testing.TestServer;
import java.nio.file.Path;

/**
 * A server over a real, tiny model; one for all end-to-end tests. Those that need nothing but its
 * address also run against a server elsewhere, such as the packaged application: {@code
 * tests.e2e.url}, {@code tests.e2e.key} and {@code tests.e2e.admin-key}.
 */
final class TinyModel {
  static final String ID = "tiny";

  /** Computes nothing, and takes 50 ms for each token. */
  static final String SLOW = "slow";

  static final Path FIXTURE = Path.of("../engine/src/test/fixtures/tiny/llama-gqa");
  private static final String ELSEWHERE = System.getProperty("tests.e2e.url");

  private TinyModel() {}

  private static final class Here {
    private static final TestServer SERVER = start();
  }

  /** Where it is, without a slash at the end. */
  static String url() {
    return ELSEWHERE == null ? server().url() : ELSEWHERE;
  }

  static String key() {
    return ELSEWHERE == null ? TestServer.API_KEY : System.getProperty("tests.e2e.key");
  }

  static String adminKey() {
    return ELSEWHERE == null ? TestServer.ADMIN_KEY : System.getProperty("tests.e2e.admin-key");
  }

  private static TestServer start() {
    TestServer server =
        TestServer.withRealEngine(
            "--penstock.model=%s=%s,%s=null:?tokens-per-second=20".formatted(ID, FIXTURE, SLOW),
            "--penstock.kv-cache-size=64MB",
            "--penstock.threads=2");
    server.awaitReady();
    return server;
  }

  static TestServer server() {
    return Here.SERVER;
  }
}
