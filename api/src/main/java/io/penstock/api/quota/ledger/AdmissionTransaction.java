package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Admissions of one moment as one transaction: lock and read, decide, write, commit. Nobody is told
 * anything before the commit.
 */
final class AdmissionTransaction {
  private final Connection connection;
  private final UUID replica;
  private final RuleCache rules;
  private final RefusedBudgets refusedBudgets;
  private final List<SettlementPort> ports;
  private List<Place.Answer> answers = List.of();
  private LockStep left;

  /**
   * @param connection in auto-commit mode, and so again afterwards
   */
  AdmissionTransaction(
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

  private record Decisions(LockStep locked, Placing placing) {}

  /**
   * @param othersEnded whether requests have ended that are not settled yet
   * @return what to answer to each of the places, in their order; null when one of them had to be
   *     refused because of what running requests hold, while some have ended: nothing was changed
   *     then, and these should be settled first
   * @throws FencedException nothing was changed; there must be a new replica first
   * @throws SQLException nothing was changed, unless the connection broke at the commit
   */
  List<Place.Answer> run(List<Place> places, boolean othersEnded)
      throws SQLException, FencedException {
    Decisions decisions = null;
    while (decisions == null) {
      if (!places.isEmpty()) {
        rules.learn(connection, places.stream().map(Place::request).toList());
      }
      decisions = Transactions.in(connection, () -> decideAndWrite(places, othersEnded));
    }
    if (decisions.placing.refusedByHolds() && othersEnded) {
      return null;
    }
    left = decisions.locked;
    return answers;
  }

  /** Null when rules have changed: they are to be learnt, and to be decided by. */
  private Decisions decideAndWrite(List<Place> places, boolean othersEnded)
      throws SQLException, FencedException {
    Decisions decisions = decide(places);
    if (decisions == null) {
      connection.rollback();
      rules.forget();
    } else if (decisions.placing.refusedByHolds() && othersEnded) {
      connection.rollback();
    } else {
      answers = decisions.placing.answers();
      write(decisions);
      connection.commit();
    }
    return decisions;
  }

  private Decisions decide(List<Place> places) throws SQLException, FencedException {
    List<Rules> ofPlaces = new ArrayList<>(places.size());
    Set<Long> ids = new HashSet<>();
    for (Place place : places) {
      Rules found = rules.of(place.request());
      ofPlaces.add(found);
      Arrays.stream(found.counters()).forEach(ids::add);
    }
    LockStep locked = LockStep.take(connection, replica, ids);
    if (locked.fenced()) {
      throw new FencedException(replica);
    }
    if (!places.isEmpty() && locked.version() != rules.version()) {
      return null;
    }
    Placing placing = new Placing(replica, rules.prices(), locked, refusedBudgets);
    placing.balances(connection, places, ofPlaces);
    for (int i = 0; i < places.size(); i++) {
      placing.add(places.get(i), ofPlaces.get(i));
    }
    return new Decisions(locked, placing);
  }

  private void write(Decisions decisions) throws SQLException {
    List<Counter> changed = List.copyOf(decisions.placing.changed());
    SettlementBatch refused =
        new SettlementBatch(decisions.locked.time(), List.of(), refusedBudgets.take());
    List<SettlementPort> concerned = ports.stream().filter(port -> port.concerns(refused)).toList();
    long state =
        WriteStep.write(
            connection,
            changed,
            decisions.placing.holds(),
            concerned.isEmpty() ? WriteStep.Then.COMMIT : WriteStep.Then.MORE);
    changed.forEach(counter -> counter.state(state));
    for (SettlementPort port : concerned) {
      port.settle(connection, refused);
    }
  }

  /**
   * After a failure: what may have been admitted nevertheless, since only the commit's answer was
   * lost. To be released.
   */
  List<RunningHold> doubtful() {
    return Place.admitted(answers);
  }

  /** What the transaction left; null unless it is committed. */
  LockStep left() {
    return left;
  }
}
