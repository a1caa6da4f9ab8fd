package io.penstock.api.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A PostgreSQL of a test's own, which it may stop or kill, and start again. */
public final class OwnDatabase implements AutoCloseable {
  private final Path directory = TestServer.newDirectory().resolve("cluster");
  private final int port;
  private EmbeddedPostgres postgres;

  public OwnDatabase() {
    start(0);
    port = postgres.getPort();
  }

  private void start(int at) {
    try {
      EmbeddedPostgres.Builder builder =
          EmbeddedPostgres.builder()
              .setDataDirectory(directory)
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("wal_writer_delay", "10s");
      postgres = (at == 0 ? builder : builder.setPort(at)).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It goes away at once, and connections with it. */
  public void stop() {
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All its processes are killed: what they have not written to disk is lost. */
  public void kill() {
    try {
      long postmaster =
          Long.parseLong(
              Files.readAllLines(directory.resolve("postmaster.pid")).getFirst().strip());
      ProcessHandle server = ProcessHandle.of(postmaster).orElseThrow();
      List<ProcessHandle> all = new ArrayList<>(server.children().toList());
      all.addFirst(server); // so that it starts nobody again
      all.forEach(ProcessHandle::destroyForcibly);
      all.forEach(process -> process.onExit().join());
      Files.deleteIfExists(directory.resolve("postmaster.pid"));
      postgres.close(); // finds nothing to stop
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It is back, at the same address. */
  public void startAgain() {
    start(port);
  }

  /** As command line arguments of a server. */
  public String[] arguments() {
    String address = "postgresql://localhost:" + port + "/postgres";
    return List.of(
            "--spring.r2dbc.url=r2dbc:" + address,
            "--spring.r2dbc.username=postgres",
            "--spring.r2dbc.password=postgres",
            "--spring.flyway.url=jdbc:" + address,
            "--spring.flyway.user=postgres",
            "--spring.flyway.password=postgres")
        .toArray(String[]::new);
  }

  @Override
  public void close() {
    stop();
  }
}
