package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Admissions, settlements and checkpoints of one moment as one transaction: lock and read, compute,
 * write, commit. Settlements come before admissions, so that what they free can be taken at once.
 * Nobody is told anything before the commit.
 */
final class LedgerTransaction {
  private final Connection connection;
  private final UUID replica;
  private final RuleCache rules;
  private final RefusedBudgets refusedBudgets;
  private final List<SettlementPort> ports;
  private List<Place.Answer> answers = List.of();
  private Left left;

  /** Counters as a transaction left them, and when it read the database's clock. */
  record Left(LockStep locked) {
    Iterable<Counter> counters() {
      return locked.counters();
    }

    long readState(Counter counter) {
      return locked.readState(counter);
    }

    Instant time() {
      return locked.time();
    }

    long sentNanos() {
      return locked.sentNanos();
    }

    long receivedNanos() {
      return locked.receivedNanos();
    }
  }

  /**
   * @param connection in auto-commit mode, and so again afterwards
   */
  LedgerTransaction(
      Connection connection,
      UUID replica,
      RuleCache rules,
      RefusedBudgets refusedBudgets,
      List<SettlementPort> ports) {
    this.connection = connection;
    this.replica = replica;
    this.rules = rules;
    this.refusedBudgets = refusedBudgets;
    this.ports = ports;
  }

  /**
   * Runs the batch.
   *
   * @param othersEnded whether requests have ended that the batch does not settle
   * @return what to answer to each of its places, in their order; null when one of them had to be
   *     refused because of what running requests hold, while some have ended: nothing was changed
   *     then, and these should be settled with it
   * @throws FencedException nothing was changed; there must be a new replica first
   * @throws SQLException nothing was changed, unless the connection broke at the commit
   */
  List<Place.Answer> run(Batch batch, boolean othersEnded) throws SQLException, FencedException {
    while (true) {
      if (!batch.places().isEmpty()) {
        rules.learn(connection, batch.places().stream().map(Place::request).toList());
      }
      connection.setAutoCommit(false);
      try {
        Decisions decisions = decide(batch);
        if (decisions == null) {
          connection.rollback(); // rules have changed: learn them and decide by them
          rules.forget();
        } else if (decisions.placing.refusedByHolds() && othersEnded) {
          connection.rollback();
          return null;
        } else {
          answers = decisions.placing.answers();
          write(batch, decisions);
          connection.commit();
          left = new Left(decisions.locked);
          return answers;
        }
      } catch (SQLException | FencedException | RuntimeException e) {
        rollback(e);
        throw e;
      } finally {
        restore();
      }
    }
  }

  private void rollback(Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private void restore() throws SQLException {
    if (!connection.isClosed()) {
      connection.setAutoCommit(true);
    }
  }

  private record Decisions(LockStep locked, Settling settling, Placing placing) {}

  /** Null when it was to be decided by rules that have changed meanwhile. */
  private Decisions decide(Batch batch) throws SQLException, FencedException {
    List<Rules> ofPlaces = new ArrayList<>(batch.places().size());
    Set<Long> ids = new HashSet<>();
    for (Place place : batch.places()) {
      Rules found = rules.of(place.request());
      ofPlaces.add(found);
      addAll(ids, found.counters());
    }
    batch.ended().forEach(ended -> addAll(ids, ended.hold().counters()));
    LockStep locked =
        LockStep.take(connection, replica, ids, batch.ended().stream().map(Ended::hold).toList());
    if (locked.fenced()) {
      throw new FencedException();
    }
    if (!batch.places().isEmpty() && locked.version() != rules.version()) {
      return null;
    }
    Settling settling = new Settling(connection, locked);
    for (Ended ended : batch.ended()) {
      settling.add(ended);
    }
    settling.addLate();
    Placing placing = new Placing(replica, rules.prices(), locked, refusedBudgets);
    placing.balances(connection, batch.places(), ofPlaces, settling.spent());
    for (int i = 0; i < batch.places().size(); i++) {
      placing.add(batch.places().get(i), ofPlaces.get(i));
    }
    return new Decisions(locked, settling, placing);
  }

  private void write(Batch batch, Decisions decisions) throws SQLException {
    Set<Counter> changed = new LinkedHashSet<>(decisions.settling.changed());
    changed.addAll(decisions.placing.changed());
    SettlementBatch settled = decisions.settling.batch(refusedBudgets.take());
    boolean more = !settled.settlements().isEmpty() || !settled.budgets().isEmpty();
    long state =
        WriteStep.write(
            connection,
            List.copyOf(changed),
            decisions.placing.holds(),
            batch.checkpoints(),
            more ? WriteStep.Then.MORE : WriteStep.Then.COMMIT);
    changed.forEach(counter -> counter.state(state));
    if (more) {
      for (SettlementPort port : ports) {
        port.settle(connection, settled);
      }
    }
  }

  /**
   * After a failure: what may have been admitted nevertheless, since only the commit's answer was
   * lost. To be released.
   */
  List<RunningHold> doubtful() {
    return admitted(answers);
  }

  /** What the transaction left; null unless it is committed. */
  Left left() {
    return left;
  }

  static List<RunningHold> admitted(List<Place.Answer> answers) {
    return answers.stream()
        .filter(Place.Admitted.class::isInstance)
        .map(answer -> ((Place.Admitted) answer).hold())
        .toList();
  }

  private static void addAll(Set<Long> ids, long[] counters) {
    for (long id : counters) {
      ids.add(id);
    }
  }
}
