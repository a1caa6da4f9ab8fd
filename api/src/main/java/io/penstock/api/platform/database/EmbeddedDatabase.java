package io.penstock.api.platform.database;

import io.penstock.api.platform.SettingException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of our own in the data directory, for an installation without a database.
 *
 * <p>It starts on a thread of its own while the application's classes load; {@link #await} joins
 * it. Commits are durable (fsync and synchronous_commit on). It listens on the loopback interface
 * at a free port, and every connection needs the generated password, from the first moment on: the
 * password is given to initdb and our pg_hba.conf is in place before the server starts.
 *
 * <p>A killed JVM leaves the server running. The next start owns the data directory by its lock, so
 * such a server is nobody's: it is stopped, and the new one recovers from the log as after any
 * crash.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final String USER = "postgres";

  private final DataDirectory directory;
  private final String password;
  private final int port;
  private final CompletableFuture<EmbeddedPostgres> server;
  private boolean closed;

  private EmbeddedDatabase(
      DataDirectory directory,
      String password,
      int port,
      CompletableFuture<EmbeddedPostgres> server) {
    this.directory = directory;
    this.password = password;
    this.port = port;
    this.server = server;
  }

  /** Takes the data directory and begins to start the server; returns at once. */
  public static EmbeddedDatabase start(Path dataDirectory) {
    DataDirectory directory = DataDirectory.open(dataDirectory);
    String password = DataDirectory.secret(dataDirectory, "postgres-password");
    int port = freePort();
    CompletableFuture<EmbeddedPostgres> server = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("postgres-start")
        .daemon()
        .start(
            () -> {
              try {
                server.complete(launch(dataDirectory, password, port));
              } catch (IOException | RuntimeException e) {
                server.completeExceptionally(e);
              }
            });
    return new EmbeddedDatabase(directory, password, port, server);
  }

  private static EmbeddedPostgres launch(Path dataDirectory, String password, int port)
      throws IOException {
    Path cluster = dataDirectory.resolve("postgres");
    Path binaries = dataDirectory.resolve("postgres-binaries");
    Files.createDirectories(binaries);
    Files.createDirectories(cluster);
    Files.setPosixFilePermissions(cluster, PosixFilePermissions.fromString("rwx------"));
    OrphanedServer.stop(cluster);
    EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setDataDirectory(cluster)
            .setOverrideWorkingDirectory(binaries.toFile())
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPort(port)
            .setLocaleConfig("pwfile", dataDirectory.resolve("postgres-password").toString())
            .setLocaleConfig("locale-provider", "builtin")
            .setLocaleConfig("builtin-locale", "C.UTF-8")
            .setLocaleConfig("locale", "C")
            .setConnectConfig("password", password)
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "")
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_connections", "60")
            .setServerConfig("shared_buffers", "32MB")
            .setServerConfig("jit", "off")
            .setDataDirectoryCustomizer(data -> requirePasswords(data.toPath()))
            .start();
    // The library opens its binaries' folder for everyone to write.
    Files.setPosixFilePermissions(binaries, PosixFilePermissions.fromString("rwx------"));
    return postgres;
  }

  private static void requirePasswords(Path cluster) {
    try {
      Files.writeString(
          cluster.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the server takes connections. */
  public void await() {
    try {
      server.join();
    } catch (CompletionException e) {
      throw new SettingException(
          "The embedded PostgreSQL in %s did not start: %s. Set SPRING_R2DBC_URL and SPRING_FLYWAY_URL to use another database."
              .formatted(directory.path().resolve("postgres"), e.getCause()),
          e.getCause());
    }
  }

  public String r2dbcUrl() {
    return "r2dbc:postgresql://127.0.0.1:" + port + "/" + USER;
  }

  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + USER;
  }

  public String user() {
    return USER;
  }

  public String password() {
    return password;
  }

  /** Stops the server and gives the data directory back. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      server.join().close();
    } catch (CompletionException | IOException e) {
      LOG.debug("embedded PostgreSQL was not running", e);
    } finally {
      directory.close();
    }
  }
}
