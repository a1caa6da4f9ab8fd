package io.penstock.api.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A real PostgreSQL for tests, one for the JVM: a container where Docker runs, the embedded
 * binaries elsewhere. Every context gets a database of its own.
 */
public final class TestDatabase {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Server SERVER = start();

  private TestDatabase() {}

  private record Server(String hostAndPort, String user, String password) {}

  private static Server start() {
    if (dockerRuns()) {
      PostgreSQLContainer container = new PostgreSQLContainer("postgres:18-alpine");
      container.start(); // Testcontainers removes it when the JVM ends
      return new Server(
          container.getHost() + ":" + container.getMappedPort(5432),
          container.getUsername(),
          container.getPassword());
    }
    try {
      EmbeddedPostgres postgres = EmbeddedPostgres.builder().setRegisterShutdownHook(false).start();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> close(postgres)));
      return new Server("localhost:" + postgres.getPort(), "postgres", "postgres");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean dockerRuns() {
    boolean socket =
        System.getenv("DOCKER_HOST") != null
            || java.nio.file.Files.exists(java.nio.file.Path.of("/var/run/docker.sock"));
    return socket && DockerClientFactory.instance().isDockerAvailable();
  }

  /** At the end of the JVM: first the servers that still run, then their database. */
  private static void close(EmbeddedPostgres postgres) {
    TestServer.closeAll();
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new, empty database as command line arguments. */
  public static List<String> newDatabase() {
    String name = "test" + COUNT.incrementAndGet();
    execute("create database " + name);
    return List.of(
        "--spring.r2dbc.url=r2dbc:postgresql://" + SERVER.hostAndPort + "/" + name,
        "--spring.r2dbc.username=" + SERVER.user,
        "--spring.r2dbc.password=" + SERVER.password,
        "--spring.flyway.url=jdbc:postgresql://" + SERVER.hostAndPort + "/" + name,
        "--spring.flyway.user=" + SERVER.user,
        "--spring.flyway.password=" + SERVER.password);
  }

  private static void execute(String sql) {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://" + SERVER.hostAndPort + "/postgres",
                SERVER.user,
                SERVER.password);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
