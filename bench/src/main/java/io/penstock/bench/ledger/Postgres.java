package io.penstock.bench.ledger;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A PostgreSQL on this machine for several servers, with durable commits. It can be stopped or
 * killed and started again, and frozen: then it still has its connections and answers none.
 */
public final class Postgres implements AutoCloseable {
  private final Path directory;
  private final int port;
  private EmbeddedPostgres server;

  public Postgres() throws IOException {
    directory = Files.createTempDirectory("penstock-postgres");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Files.createDirectories(directory.resolve("binaries"));
    Files.createDirectories(directory.resolve("data"));
    Files.setPosixFilePermissions(
        directory.resolve("data"), PosixFilePermissions.fromString("rwx------"));
    start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopQuietly));
  }

  /** Starts it, on the data that it has, after {@link #stop} or {@link #kill}. */
  void start() throws IOException {
    server =
        EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setOverrideWorkingDirectory(directory.resolve("binaries").toFile())
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPort(port)
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "")
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_connections", "200")
            .setServerConfig("shared_buffers", "128MB")
            .setServerConfig("jit", "off")
            .start();
  }

  /** Stops it at once: connections end, what was committed stays. */
  void stop() throws IOException {
    server.close();
    server = null;
  }

  /** Kills all its processes (SIGKILL): what they have not written to disk is lost. */
  void kill() throws IOException {
    List<ProcessHandle> all = processes(); // the one that would start the others again comes first
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(process -> process.onExit().join());
    Files.deleteIfExists(directory.resolve("data").resolve("postmaster.pid"));
    server.close(); // finds nothing to stop
    server = null;
  }

  private void stopQuietly() {
    try {
      if (server != null) {
        signal("CONT");
        stop();
      }
    } catch (IOException | RuntimeException _) {
      // the program ends anyway
    }
  }

  /** Halts all its processes (SIGSTOP). */
  void freeze() throws IOException {
    signal("STOP");
  }

  /** They go on. */
  void thaw() throws IOException {
    signal("CONT");
  }

  private void signal(String name) throws IOException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes().forEach(process -> command.add(Long.toString(process.pid())));
    try {
      new ProcessBuilder(command).start().waitFor();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private List<ProcessHandle> processes() throws IOException {
    long postmaster =
        Long.parseLong(
            Files.readAllLines(directory.resolve("data").resolve("postmaster.pid"))
                .getFirst()
                .strip());
    return ProcessHandle.of(postmaster)
        .map(process -> Stream.concat(Stream.of(process), process.descendants()).toList())
        .orElse(List.of());
  }

  /** Processor time of its processes that run; connections are few and stay. */
  Duration processorTime() throws IOException {
    return processes().stream()
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .reduce(Duration.ZERO, Duration::plus);
  }

  public Connection connect() throws SQLException {
    return DriverManager.getConnection(url(), "postgres", "postgres");
  }

  private String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  /** Environment variables of a server that uses it. */
  public Map<String, String> environment() {
    return Map.of(
        "SPRING_FLYWAY_URL", url(),
        "SPRING_FLYWAY_USER", "postgres",
        "SPRING_FLYWAY_PASSWORD", "postgres",
        "SPRING_R2DBC_URL", "r2dbc:postgresql://127.0.0.1:" + port + "/postgres",
        "SPRING_R2DBC_USERNAME", "postgres",
        "SPRING_R2DBC_PASSWORD", "postgres");
  }

  @Override
  public void close() throws IOException {
    stopQuietly();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
