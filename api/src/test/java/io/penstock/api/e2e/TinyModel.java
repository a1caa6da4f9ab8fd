package io.penstock.api.e2e;

import io.penstock.api.testing.TestServer;
import java.nio.file.Path;

/** A server over a real, tiny model; one for all end-to-end tests. */
final class TinyModel {
  static final String ID = "tiny";
  static final Path FIXTURE = Path.of("../engine/src/test/fixtures/tiny/llama-gqa");
  private static final TestServer SERVER = start();

  private TinyModel() {}

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
    return SERVER;
  }
}
