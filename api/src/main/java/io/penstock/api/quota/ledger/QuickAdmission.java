package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
import io.penstock.api.quota.window.Counter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Admits in one round trip what fits by the counters as our last transaction left them: decides,
 * then asks the database to write the outcome if those counters, the settings and the time still
 * are what it was decided by. Everything else (somebody is to be refused, others have written) is
 * left to a {@link AdmissionTransaction}, which reads first. So nothing is ever admitted or refused
 * by what was only believed.
 */
final class QuickAdmission {
  /** More go by the other way, whose cost hardly depends on how many there are. */
  private static final int MOST = 32;

  /** What the time of an admission may differ from the database's: windows begin that exactly. */
  private static final long TOLERANCE_MICROS = Duration.ofMillis(50).toNanos() / 1000;

  private static final String SQL = "select * from admit(?, ?, ?, ?, ?, ?, ?, ?, ?)";
  private static final long FENCED = -1;
  private static final long OTHER_SETTINGS = -2;

  private final CounterGate gate;
  private final Replica replica;
  private final RuleCache rules;
  private List<Place.Answer> answers = List.of();

  QuickAdmission(CounterGate gate, Replica replica, RuleCache rules) {
    this.gate = gate;
    this.replica = replica;
    this.rules = rules;
  }

  /**
   * Admits all of them, or nobody.
   *
   * <p>Only for whoever has the gate.
   *
   * @param connection in auto-commit mode
   * @return the answers in their order; null when nothing was changed and a transaction must decide
   * @throws FencedException nothing was changed; there must be a new replica first
   * @throws SQLException the connection broke; see {@link #doubtful}
   */
  List<Place.Answer> admit(Connection connection, List<Place> places)
      throws SQLException, FencedException {
    answers = List.of();
    List<Rules> found = rules(places);
    if (found == null) {
      return null;
    }
    Believed believed = believe(found);
    UUID self = replica.id();
    Placing placing = new Placing(self, rules.prices(), believed, new RefusedBudgets());
    for (int i = 0; i < places.size(); i++) {
      placing.add(places.get(i), found.get(i));
    }
    if (placing.refused() || placing.holds().isEmpty()) {
      return null;
    }
    answers = placing.answers();
    try {
      return write(connection, self, placing, believed.time()) ? answers : null;
    } catch (SQLException e) {
      gate.known().forget();
      if (Faults.isAway(e)) {
        throw e;
      }
      return null; // whatever it is, it has changed nothing
    }
  }

  /** Null when those of some are not known, or counters are not all that they depend on. */
  private List<Rules> rules(List<Place> places) {
    if (places.isEmpty() || places.size() > MOST || rules.version() < 0) {
      return null;
    }
    long now = System.nanoTime();
    List<Rules> found = new ArrayList<>(places.size());
    for (Place place : places) {
      Rules one = rules.of(place.request());
      if (one == null || one.credit() || !gate.known().has(one.counters(), now)) {
        return null;
      }
      found.add(one);
    }
    return found;
  }

  private Believed believe(List<Rules> rules) {
    Set<Long> ids = new HashSet<>();
    rules.forEach(one -> Arrays.stream(one.counters()).forEach(ids::add));
    return new Believed(gate.known(), ids, Columns.instant(gate.clock().micros()));
  }

  private boolean write(Connection connection, UUID self, Placing placing, Instant time)
      throws SQLException, FencedException {
    List<Counter> changed = new ArrayList<>(placing.changed());
    changed.sort(Comparator.comparingLong(Counter::id));
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setObject(1, self);
      statement.setLong(2, rules.version());
      statement.setLong(3, Columns.micros(time));
      statement.setLong(4, TOLERANCE_MICROS);
      CounterTable.bindUpdate(statement, 5, changed);
      HoldTable.bindInsert(statement, 7, placing.holds());
      long sent = System.nanoTime();
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return written(self, changed, rows.getLong(1), rows.getLong(2), sent);
      }
    } catch (SQLException e) {
      if (Faults.isUnlikeBelieved(e)) {
        return false; // what is known is corrected by the transaction that follows
      }
      throw e;
    }
  }

  private boolean written(UUID self, List<Counter> changed, long micros, long state, long sent)
      throws FencedException {
    if (micros == FENCED) {
      throw new FencedException(self);
    }
    if (micros == OTHER_SETTINGS) {
      return false;
    }
    long now = System.nanoTime();
    gate.clock().said(micros, sent, now);
    for (Counter counter : changed) {
      long before = counter.state();
      counter.state(state);
      gate.known().learn(counter, before, now);
    }
    return true;
  }

  /** After a failure: what may have been admitted nevertheless. To be released. */
  List<RunningHold> doubtful() {
    return Place.admitted(answers);
  }
}
