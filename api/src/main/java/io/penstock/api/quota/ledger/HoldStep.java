package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The first round trip of a transaction that settles: makes sure that this server lives, resolves
 * holds, writes checkpoints, and reads the clock.
 *
 * <p>The order in which everybody takes locks, leaving out what it does not need: settings shared,
 * own server shared, holds, what is booked (accounts and sums by their ids), counters by their ids.
 */
final class HoldStep {
  private static final String ALIVE = "select replica_lives(?)";

  private static final String CLOCK =
      "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

  private boolean fenced;
  private final Set<String> deleted = new HashSet<>();
  private Instant time;
  private long sentNanos;
  private long receivedNanos;

  private HoldStep() {}

  /**
   * @param replica this server
   * @param holds to be resolved
   */
  static HoldStep take(
      Connection connection,
      UUID replica,
      List<HoldRecord> holds,
      List<Batch.Checkpoint> checkpoints)
      throws SQLException {
    StringBuilder sql = new StringBuilder(ALIVE);
    sql.append(";\n").append(CLOCK);
    if (!holds.isEmpty()) {
      sql.append(";\n").append(HoldTable.DELETE);
    }
    if (!checkpoints.isEmpty()) {
      sql.append(";\n").append(HoldTable.CHECKPOINT);
    }
    HoldStep step = new HoldStep();
    try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
      statement.setObject(1, replica);
      int next = 2;
      if (!holds.isEmpty()) {
        new Columns<>(statement, holds, next)
            .texts(HoldRecord::requestId)
            .uuids(HoldRecord::replicaId);
        next += HoldTable.DELETE_PARAMETERS;
      }
      if (!checkpoints.isEmpty()) {
        new Columns<>(statement, checkpoints, next)
            .texts(c -> c.hold().row().requestId())
            .uuids(c -> c.hold().row().replicaId())
            .ints(Batch.Checkpoint::tokens);
      }
      step.sentNanos = System.nanoTime();
      statement.execute();
      step.receivedNanos = System.nanoTime();
      step.read(statement, !holds.isEmpty());
    }
    return step;
  }

  private void read(PreparedStatement statement, boolean resolve) throws SQLException {
    try (ResultSet rows = statement.getResultSet()) {
      rows.next();
      fenced = !rows.getBoolean(1);
    }
    statement.getMoreResults();
    try (ResultSet rows = statement.getResultSet()) {
      rows.next();
      time = Columns.instant(rows.getLong(1));
    }
    if (resolve) {
      statement.getMoreResults();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          deleted.add(rows.getString(1));
        }
      }
    }
  }

  /** Whether this server was declared dead, or is not known. */
  boolean fenced() {
    return fenced;
  }

  /** Whether the hold was there and is resolved by this transaction. */
  boolean resolves(HoldRecord hold) {
    return deleted.contains(hold.requestId());
  }

  /** By the database's clock; of all that the transaction books. */
  Instant time() {
    return time;
  }

  /** When the question was sent, by {@link System#nanoTime}. */
  long sentNanos() {
    return sentNanos;
  }

  /** When its answer was there. */
  long receivedNanos() {
    return receivedNanos;
  }
}
