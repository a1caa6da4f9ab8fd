package io.penstock.api.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** A PostgreSQL of a test's own, which it may stop and start again. */
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
              .setRegisterShutdownHook(false);
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
