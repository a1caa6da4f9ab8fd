package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Writes what a transaction has changed of our own tables, in one round trip. */
final class WriteStep {
  private WriteStep() {}

  /** What follows. */
  enum Then {
    /** Other statements of the transaction. */
    MORE,
    /** Nothing: the transaction is committed on the same way. */
    COMMIT
  }

  /**
   * @return by which the new states of the counters are known; 0 when there are none
   */
  static long write(
      Connection connection, List<Counter> counters, List<HoldRecord> holds, Then then)
      throws SQLException {
    StringBuilder sql = new StringBuilder();
    append(sql, CounterTable.UPDATE, counters);
    append(sql, HoldTable.INSERT, holds);
    if (sql.isEmpty()) {
      return 0;
    }
    if (then == Then.COMMIT) {
      sql.append(";\ncommit");
    }
    try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
      int next = 1;
      if (!counters.isEmpty()) {
        CounterTable.bindUpdate(statement, next, counters);
        next += CounterTable.UPDATE_PARAMETERS;
      }
      if (!holds.isEmpty()) {
        HoldTable.bindInsert(statement, next, holds);
      }
      statement.execute();
      return counters.isEmpty() ? 0 : state(statement);
    }
  }

  /** The first result. */
  private static long state(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.getResultSet()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static void append(StringBuilder sql, String statement, List<?> rows) {
    if (!rows.isEmpty()) {
      sql.append(sql.isEmpty() ? "" : ";\n").append(statement);
    }
  }
}
