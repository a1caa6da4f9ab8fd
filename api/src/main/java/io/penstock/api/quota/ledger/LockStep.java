package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Takes the locks of settings, shared, of this server, shared, and of counters by their ids, and
 * reads what is decided by.
 */
final class LockStep implements CounterView {
  private static final String COUNTERS =
      CounterTable.LOCK + ";\nselect (extract(epoch from clock_timestamp()) * 1000000)::bigint";

  private static final String SQL =
      """
      select pg_advisory_xact_lock_shared(7014, 1);
      select v.version, replica_lives(?) from admission_version v;
      %s
      """
          .formatted(COUNTERS);

  private long version;
  private boolean fenced;
  private final Map<Long, Counter> counters = new HashMap<>();
  private final Map<Long, Long> states = new HashMap<>();
  private Instant time;
  private long sentNanos;
  private long receivedNanos;

  private LockStep() {}

  /**
   * @param replica this server
   * @param counters ids of all that will be needed
   */
  static LockStep take(Connection connection, UUID replica, Set<Long> counters)
      throws SQLException {
    LockStep step = new LockStep();
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setObject(1, replica);
      statement.setArray(2, connection.createArrayOf("bigint", counters.toArray(Long[]::new)));
      step.sentNanos = System.nanoTime();
      statement.execute();
      step.receivedNanos = System.nanoTime();
      step.read(statement);
    }
    return step;
  }

  /**
   * Only the counters, for a transaction that has made sure of this server before. Settings do not
   * matter to it.
   */
  static LockStep ofCounters(Connection connection, Set<Long> counters) throws SQLException {
    LockStep step = new LockStep();
    try (PreparedStatement statement = connection.prepareStatement(COUNTERS)) {
      statement.setArray(1, connection.createArrayOf("bigint", counters.toArray(Long[]::new)));
      step.sentNanos = System.nanoTime();
      statement.execute();
      step.receivedNanos = System.nanoTime();
      try (ResultSet rows = statement.getResultSet()) {
        step.readCounters(rows);
      }
      try (ResultSet rows = next(statement)) {
        step.readTime(rows);
      }
    }
    return step;
  }

  private void read(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = next(statement)) {
      rows.next();
      version = rows.getLong(1);
      fenced = !rows.getBoolean(2);
    }
    try (ResultSet rows = next(statement)) {
      readCounters(rows);
    }
    try (ResultSet rows = next(statement)) {
      readTime(rows);
    }
  }

  private void readCounters(ResultSet rows) throws SQLException {
    while (rows.next()) {
      Counter counter = CounterTable.read(rows);
      counters.put(counter.id(), counter);
      states.put(counter.id(), counter.state());
    }
  }

  private void readTime(ResultSet rows) throws SQLException {
    rows.next();
    time = Columns.instant(rows.getLong(1));
  }

  private static ResultSet next(PreparedStatement statement) throws SQLException {
    statement.getMoreResults();
    return statement.getResultSet();
  }

  /** Of limits and prices. */
  long version() {
    return version;
  }

  /** Whether this server was declared dead, or is not known. */
  boolean fenced() {
    return fenced;
  }

  @Override
  public Counter[] counters(long[] ids) {
    Counter[] found = new Counter[ids.length];
    for (int i = 0; i < ids.length; i++) {
      found[i] = counters.get(ids[i]);
    }
    return found;
  }

  /** All that were asked for. */
  Iterable<Counter> counters() {
    return counters.values();
  }

  /** By which the state is known that was read of a counter. */
  long readState(Counter counter) {
    return states.get(counter.id());
  }

  /** When the question was sent, by {@link System#nanoTime}. */
  long sentNanos() {
    return sentNanos;
  }

  /** When its answer was there. */
  long receivedNanos() {
    return receivedNanos;
  }

  /** By the database's clock, with the locks taken. */
  @Override
  public Instant time() {
    return time;
  }
}
