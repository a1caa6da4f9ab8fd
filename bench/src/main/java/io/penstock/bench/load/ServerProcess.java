package io.penstock.bench.load;

import io.penstock.bench.Installation;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The packaged server, started as its users start it, with a data folder of its own. */
final class ServerProcess implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final String apiKey = "sk-bench-" + UUID.randomUUID();
  private final String adminKey = "sk-bench-admin-" + UUID.randomUUID();
  private long started;
  private Process process;

  ServerProcess() throws IOException {
    directory = Files.createTempDirectory("penstock-bench");
    port = freePort();
    start();
  }

  /** Stops the server and starts it again on the data that it left. */
  void restart() throws IOException {
    stop();
    start();
  }

  private void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(Installation.launcher().toString(), "serve")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.out").toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "PENSTOCK_PORT",
                Integer.toString(port),
                "PENSTOCK_DATA_DIR",
                directory.resolve("data").toString(),
                "PENSTOCK_API_KEY",
                apiKey,
                "PENSTOCK_ADMIN_KEY",
                adminKey));
    started = System.nanoTime();
    process = builder.start();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  String apiKey() {
    return apiKey;
  }

  String adminKey() {
    return adminKey;
  }

  /** {@link System#nanoTime} at which the launcher was called, the last time. */
  long startedNanos() {
    return started;
  }

  ProcessStatus status() throws IOException {
    return ProcessStatus.of(process.pid());
  }

  /**
   * @throws IOException with the end of its output when the server has ended
   */
  void requireAlive() throws IOException {
    if (!process.isAlive()) {
      String output = Files.readString(directory.resolve("server.out"));
      throw new IOException(
          "the server ended with %d: %s"
              .formatted(
                  process.exitValue(), output.substring(Math.max(0, output.length() - 2000))));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void stop() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
