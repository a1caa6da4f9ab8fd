package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Tells the database again what it has forgotten. The ledger's commits are on disk a moment after
 * they are visible, so a crash may take the last of them back, as may a standby that takes over.
 * Requests whose holds are gone still run here: their holds are placed again, whatever the limits
 * say, and until every server that lives has done so nobody is admitted. So the room that they fill
 * is never given away twice.
 *
 * <p>Whether something may have been forgotten is known by {@code remembered_replicas}, a table
 * which is empty after a crash. A crash breaks all connections, so it is enough to look when one is
 * opened.
 */
final class Recall {
  private static final String STATE =
      "select replica_lives(?), exists (select from remembered_replicas where id = ?)";

  private static final String REMEMBER =
      "insert into remembered_replicas (id) values (?) on conflict do nothing";

  private static final String COMPLETE =
      """
      select not exists (select from replicas r where r.fenced_at is null
        and not exists (select from remembered_replicas m where m.id = r.id))
      """;

  private final Connection connection;
  private final UUID replica;

  private Recall(Connection connection, UUID replica) {
    this.connection = connection;
    this.replica = replica;
  }

  /**
   * Makes this server known, and its running requests, unless they are. Only for whoever has the
   * gate.
   *
   * @param connection in auto-commit mode
   * @param running holds that this server believes to have
   * @return how many had to be placed again
   */
  static int run(Connection connection, Replica replica, Collection<RunningHold> running)
      throws SQLException {
    replica.register(connection);
    Recall recall = new Recall(connection, replica.id());
    try {
      return Transactions.in(connection, () -> recall.run(running));
    } catch (FencedException e) {
      throw new IllegalStateException(e); // nothing here throws it
    }
  }

  /** Whether all servers that live have told what they run. */
  static boolean isComplete(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COMPLETE);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  private int run(Collection<RunningHold> running) throws SQLException {
    if (isKnownOrFenced()) {
      connection.commit();
      return 0;
    }
    List<RunningHold> forgotten = forgotten(running);
    if (!forgotten.isEmpty()) {
      place(forgotten.stream().map(RunningHold::row).toList());
    }
    try (PreparedStatement statement = connection.prepareStatement(REMEMBER)) {
      statement.setObject(1, replica);
      statement.executeUpdate();
    }
    connection.commit();
    forgotten.forEach(hold -> hold.checkpointed(0));
    return forgotten.size();
  }

  /** One that is fenced finds that out by its next transaction. */
  private boolean isKnownOrFenced() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(STATE)) {
      statement.setObject(1, replica);
      statement.setObject(2, replica);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return !rows.getBoolean(1) || rows.getBoolean(2);
      }
    }
  }

  /** Those of other names of ours are settled by others, or when they end. */
  private List<RunningHold> forgotten(Collection<RunningHold> running) throws SQLException {
    List<RunningHold> ours = new ArrayList<>(running);
    ours.removeIf(hold -> !hold.row().replicaId().equals(replica));
    Set<String> known = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(HoldTable.KNOWN)) {
      statement.setArray(
          1,
          connection.createArrayOf(
              "text", ours.stream().map(hold -> hold.row().requestId()).toArray(String[]::new)));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          known.add(rows.getString(1));
        }
      }
    }
    ours.removeIf(hold -> known.contains(hold.row().requestId()));
    return ours;
  }

  private void place(List<HoldRecord> holds) throws SQLException {
    Set<Long> ids = new HashSet<>();
    holds.forEach(hold -> Arrays.stream(hold.counters()).forEach(ids::add));
    LockStep locked = LockStep.ofCounters(connection, ids);
    Set<Counter> changed = new LinkedHashSet<>();
    for (HoldRecord hold : holds) {
      for (Counter counter : locked.counters(hold.counters())) {
        counter.admit(hold.admitted(), hold.amounts());
        changed.add(counter);
      }
    }
    WriteStep.write(
        connection,
        changed.stream().sorted(Comparator.comparingLong(Counter::id)).toList(),
        holds,
        WriteStep.Then.MORE);
  }
}
