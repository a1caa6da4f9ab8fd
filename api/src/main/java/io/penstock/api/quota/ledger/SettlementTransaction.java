package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.platform.database.Columns;
import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Settlements and checkpoints of one moment as one transaction: resolve the holds, book rows,
 * entries and sums, and only then, when the gate is ours, change the counters and commit. So the
 * time for which nobody is admitted is that of one round trip, whatever is booked.
 */
final class SettlementTransaction {
  private final Connection connection;
  private final UUID replica;
  private final CounterGate gate;
  private final List<SettlementPort> ports;

  /**
   * @param connection in auto-commit mode, and so again afterwards
   */
  SettlementTransaction(
      Connection connection, UUID replica, CounterGate gate, List<SettlementPort> ports) {
    this.connection = connection;
    this.replica = replica;
    this.gate = gate;
    this.ports = ports;
  }

  /**
   * @throws FencedException nothing was changed; there must be a new replica first
   * @throws SQLException nothing was changed, unless the connection broke at the commit
   */
  void run(List<Ended> ended, List<Batch.Checkpoint> checkpoints)
      throws SQLException, FencedException {
    boolean believing = true;
    boolean done = false;
    while (!done) {
      boolean believes = believing;
      try {
        done = Transactions.in(connection, () -> settle(ended, checkpoints, believes));
      } catch (SQLException e) {
        if (!believes || !Faults.isUnlikeBelieved(e)) {
          throw e;
        }
      }
      believing = false;
    }
  }

  /** False when it is to be done again. */
  private boolean settle(List<Ended> ended, List<Batch.Checkpoint> checkpoints, boolean believing)
      throws SQLException, FencedException {
    HoldStep held =
        HoldStep.take(connection, replica, ended.stream().map(Ended::hold).toList(), checkpoints);
    if (held.fenced()) {
      throw new FencedException(replica);
    }
    Settling settling = new Settling(held);
    settling.add(connection, ended);
    SettlementBatch booked = new SettlementBatch(held.time(), settling.settlements(), List.of());
    for (SettlementPort port : ports) {
      if (port.concerns(booked)) {
        port.settle(connection, booked);
      }
    }
    Set<Long> ids = settling.counters();
    if (ids.isEmpty()) {
      connection.commit();
      return true;
    }
    gate.enter();
    try {
      return count(held, settling, ids, believing);
    } finally {
      gate.leave();
    }
  }

  private boolean count(HoldStep held, Settling settling, Set<Long> ids, boolean believing)
      throws SQLException {
    boolean believes = believing && gate.known().has(ids, System.nanoTime());
    LockStep locked = believes ? null : LockStep.ofCounters(connection, ids);
    CounterView view = believes ? believed(held, ids) : locked;
    if (!settling.countsInTheSameDays(view.time())) {
      connection.rollback();
      return false;
    }
    settling.count(view);
    List<Counter> written = write(held, settling);
    if (believes) {
      gate.known().wrote(written, System.nanoTime());
    } else {
      gate.learn(locked);
    }
    return true;
  }

  /** Time does not go back behind what is booked. */
  private CounterView believed(HoldStep held, Set<Long> ids) {
    gate.clock().said(Columns.micros(held.time()), held.sentNanos(), held.receivedNanos());
    Instant now = Columns.instant(gate.clock().micros());
    return new Believed(gate.known(), ids, now.isBefore(held.time()) ? held.time() : now);
  }

  /** In the order of ids, in which everybody locks them. */
  private List<Counter> write(HoldStep held, Settling settling) throws SQLException {
    List<Counter> changed =
        settling.changed().stream().sorted(Comparator.comparingLong(Counter::id)).toList();
    SettlementBatch budgets = new SettlementBatch(held.time(), List.of(), settling.budgets());
    List<SettlementPort> concerned = ports.stream().filter(port -> port.concerns(budgets)).toList();
    long state =
        WriteStep.write(
            connection,
            changed,
            List.of(),
            concerned.isEmpty() ? WriteStep.Then.COMMIT : WriteStep.Then.MORE);
    for (SettlementPort port : concerned) {
      port.settle(connection, budgets);
    }
    connection.commit();
    changed.forEach(counter -> counter.state(state));
    return changed;
  }
}
