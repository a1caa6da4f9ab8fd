package io.penstock.api.quota.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Begins a transaction, and leaves none behind; and has on disk what was committed. */
final class Transactions {
  /** Of its own transaction, which is small but not empty: an empty one waits for nothing. */
  private static final String FLUSH =
      "select set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'penstock', '')";

  private Transactions() {}

  /** What is done in one. */
  @FunctionalInterface
  interface Work<T> {
    /** Commits, or has it rolled back by failing or by {@link Connection#rollback}. */
    T run() throws SQLException, FencedException;
  }

  /**
   * @param connection in auto-commit mode, and so again afterwards
   */
  static <T> T in(Connection connection, Work<T> work) throws SQLException, FencedException {
    connection.setAutoCommit(false);
    try {
      return work.run();
    } catch (SQLException | FencedException | RuntimeException e) {
      rollback(connection, e);
      throw e;
    } finally {
      if (!connection.isClosed()) {
        connection.setAutoCommit(true);
      }
    }
  }

  /**
   * Returns when all that was committed before is on disk, by whomever: the log is written in its
   * order.
   *
   * @param connection in auto-commit mode
   */
  static void flush(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FLUSH)) {
      statement.execute();
    }
  }

  private static void rollback(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
