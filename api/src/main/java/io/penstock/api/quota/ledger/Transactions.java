package io.penstock.api.quota.ledger;

import java.sql.Connection;
import java.sql.SQLException;

/** Begins a transaction, and leaves none behind. */
final class Transactions {
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

  private static void rollback(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
