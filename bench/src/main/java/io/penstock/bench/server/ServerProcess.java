package io.penstock.bench.server;

import io.penstock.bench.Installation;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The packaged server, started as its users start it, with a data folder of its own. */
public final class ServerProcess implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final String apiKey;
  private final String adminKey;
  private final Map<String, String> settings;
  private long started;
  private Process process;

  /** With the bundled model and default settings. */
  public ServerProcess() throws IOException {
    this(Map.of());
  }

  /**
   * @param settings further environment variables, such as {@code PENSTOCK_MODEL}; keys may be
   *     among them, for servers that share a database
   */
  public ServerProcess(Map<String, String> settings) throws IOException {
    this.settings = settings;
    apiKey = settings.getOrDefault("PENSTOCK_API_KEY", "sk-bench-" + UUID.randomUUID());
    adminKey = settings.getOrDefault("PENSTOCK_ADMIN_KEY", "sk-bench-admin-" + UUID.randomUUID());
    directory = Files.createTempDirectory("penstock-bench");
    port = freePort();
    start();
  }

  /** Stops the server and starts it again on the data that it left. */
  public void restart() throws IOException {
    stop();
    start();
  }

  /**
   * Ends the server as the kernel does when memory is short: nothing of it gets a say (SIGKILL).
   */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Starts it, on the data that it has, after {@link #kill}. */
  public void start() throws IOException {
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
    builder.environment().putAll(settings);
    started = System.nanoTime();
    process = builder.start();
    Process server = process;
    // Whoever ends this program must not leave a server behind, which may hold a GPU's memory.
    Runtime.getRuntime().addShutdownHook(new Thread(server::destroy));
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  public String apiKey() {
    return apiKey;
  }

  public String adminKey() {
    return adminKey;
  }

  /** {@link System#nanoTime} at which the launcher was called, the last time. */
  public long startedNanos() {
    return started;
  }

  public ProcessStatus status() throws IOException {
    return ProcessStatus.of(process.pid());
  }

  /**
   * @throws IOException with the end of its output when the server has ended
   */
  public void requireAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IOException(
          "the server ended with %d: %s".formatted(process.exitValue(), endOfOutput()));
    }
  }

  /** Processor time that it has used so far, all threads together. */
  public Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /**
   * Waits until a model is served.
   *
   * @return its name
   */
  public String awaitReady(Client client, Duration patience)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      requireAlive();
      String model = client.readyModel();
      if (model != null) {
        return model;
      }
      Thread.sleep(20);
    }
    throw new IOException(
        "the server was not ready after " + patience.toSeconds() + " s: " + endOfOutput());
  }

  private String endOfOutput() throws IOException {
    String output = Files.readString(directory.resolve("server.out"));
    return output.substring(Math.max(0, output.length() - 2000));
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
