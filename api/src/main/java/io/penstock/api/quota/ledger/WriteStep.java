package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
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
      Connection connection,
      List<Counter> counters,
      List<HoldRecord> holds,
      List<Batch.Checkpoint> checkpoints,
      Then then)
      throws SQLException {
    StringBuilder sql = new StringBuilder();
    append(sql, CounterTable.UPDATE, counters);
    append(sql, HoldTable.INSERT, holds);
    append(sql, HoldTable.CHECKPOINT, checkpoints);
    if (sql.isEmpty()) {
      return 0;
    }
    if (then == Then.COMMIT) {
      sql.append(";\ncommit");
    }
    try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
      int first = 1;
      if (!counters.isEmpty()) {
        CounterTable.bindUpdate(statement, first, counters);
        first += CounterTable.UPDATE_PARAMETERS;
      }
      if (!holds.isEmpty()) {
        HoldTable.bindInsert(statement, first, holds);
        first += HoldTable.INSERT_PARAMETERS;
      }
      if (!checkpoints.isEmpty()) {
        new Columns<>(statement, checkpoints, first)
            .texts(c -> c.hold().row().requestId())
            .uuids(c -> c.hold().row().replicaId())
            .ints(Batch.Checkpoint::tokens);
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
