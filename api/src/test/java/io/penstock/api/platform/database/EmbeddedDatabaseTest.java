package io.penstock.api.platform.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.api.platform.SettingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {
  @TempDir Path directory;

  /** Runs in a JVM of its own that the test kills. */
  static final class Victim {
    public static void main(String[] arguments) throws SQLException, InterruptedException {
      EmbeddedDatabase database = EmbeddedDatabase.start(Path.of(arguments[0]));
      database.await();
      execute(database, "create table kept as select 42 as answer");
      System.out.println("READY");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static Connection connect(EmbeddedDatabase database, String password)
      throws SQLException {
    return DriverManager.getConnection(database.jdbcUrl(), database.user(), password);
  }

  private static void execute(EmbeddedDatabase database, String sql) throws SQLException {
    try (Connection connection = connect(database, database.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(EmbeddedDatabase database, String sql) throws SQLException {
    try (Connection connection = connect(database, database.password());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Test
  void keepsDataBetweenRunsAndCommitsDurably() throws SQLException, IOException {
    try (EmbeddedDatabase first = EmbeddedDatabase.start(directory)) {
      first.await();
      assertThat(query(first, "show fsync")).isEqualTo("on");
      assertThat(query(first, "show synchronous_commit")).isEqualTo("on");
      execute(first, "create table kept as select 42 as answer");
      assertThatThrownBy(() -> connect(first, "wrong")).hasMessageContaining("password");
      for (String secret : new String[] {"postgres-password"}) {
        assertThat(Files.getPosixFilePermissions(directory.resolve(secret)))
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      }
    }
    try (EmbeddedDatabase second = EmbeddedDatabase.start(directory)) {
      second.await();
      assertThat(query(second, "select answer from kept")).isEqualTo("42");
    }
  }

  @Test
  void aDirectoryInUseIsRefused() {
    try (EmbeddedDatabase first = EmbeddedDatabase.start(directory)) {
      assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
          .isInstanceOf(SettingException.class)
          .hasMessageContaining("in use by another Penstock")
          .hasMessageContaining(directory.toString());
      first.await();
    }
  }

  @Test
  void recoversWhatAKilledJvmLeft() throws SQLException, IOException, InterruptedException {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(victim.getInputStream(), StandardCharsets.UTF_8))) {
      String line = output.readLine();
      while (line != null && !line.equals("READY")) {
        line = output.readLine();
      }
      assertThat(line).isEqualTo("READY");
    } finally {
      victim.destroyForcibly().waitFor();
    }
    assertThat(directory.resolve("postgres/postmaster.pid")).exists();

    try (EmbeddedDatabase again = EmbeddedDatabase.start(directory)) {
      again.await();
      assertThat(query(again, "select answer from kept")).isEqualTo("42");
    }
    assertThat(directory.resolve("postgres/postmaster.pid")).doesNotExist();
  }
}
