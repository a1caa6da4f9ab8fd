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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Admits in one round trip what fits by the counters as our last transaction left them: decides,
 * then asks the database to write the outcome if those counters, the settings and the time still
 * are what it was decided by. Everything else (somebody is to be refused, others have written) is
 * left to a {@link LedgerTransaction}, which reads first. So nothing is ever admitted or refused by
 * what was only believed.
 */
final class QuickAdmission {
  /** More go by the other way, whose cost hardly depends on how many there are. */
  private static final int MOST = 32;

  /** What the time of an admission may differ from the database's: windows begin that exactly. */
  private static final long TOLERANCE_MICROS = Duration.ofMillis(50).toNanos() / 1000;

  private static final String SQL = "select * from admit(?, ?, ?, ?, ?, ?, ?, ?, ?)";
  private static final String CHANGED = "PS001";
  private static final long FENCED = -1;
  private static final long OTHER_SETTINGS = -2;

  private final KnownCounters known = new KnownCounters();
  private final DatabaseClock clock = new DatabaseClock();
  private final Replica replica;
  private final RuleCache rules;
  private List<Place.Answer> answers = List.of();

  QuickAdmission(Replica replica, RuleCache rules) {
    this.replica = replica;
    this.rules = rules;
  }

  /** Copies to decide on. */
  private record Believed(Map<Long, Counter> all, Instant time) implements CounterView {
    @Override
    public Counter[] counters(long[] ids) {
      Counter[] found = new Counter[ids.length];
      for (int i = 0; i < ids.length; i++) {
        found[i] = all.get(ids[i]);
      }
      return found;
    }
  }

  /**
   * Admits all of them, or nobody.
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
    Placing placing = new Placing(replica.id(), rules.prices(), believed, new RefusedBudgets());
    for (int i = 0; i < places.size(); i++) {
      placing.add(places.get(i), found.get(i));
    }
    if (placing.refused() || placing.holds().isEmpty()) {
      return null;
    }
    answers = placing.answers();
    try {
      return write(connection, placing, believed.time) ? answers : null;
    } catch (SQLException e) {
      known.forget();
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
      if (one == null || one.credit() || !known.has(one.counters(), now)) {
        return null;
      }
      found.add(one);
    }
    return found;
  }

  private Believed believe(List<Rules> rules) {
    Map<Long, Counter> all = new HashMap<>();
    for (Rules one : rules) {
      for (long id : one.counters()) {
        all.computeIfAbsent(id, known::copy);
      }
    }
    return new Believed(all, Columns.instant(clock.micros()));
  }

  private boolean write(Connection connection, Placing placing, Instant time)
      throws SQLException, FencedException {
    List<Counter> changed = new ArrayList<>(placing.changed());
    changed.sort(Comparator.comparingLong(Counter::id));
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setObject(1, replica.id());
      statement.setLong(2, rules.version());
      statement.setLong(3, Columns.micros(time));
      statement.setLong(4, TOLERANCE_MICROS);
      CounterTable.bindUpdate(statement, 5, changed);
      HoldTable.bindInsert(statement, 7, placing.holds());
      long sent = System.nanoTime();
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return written(changed, rows.getLong(1), rows.getLong(2), sent);
      }
    } catch (SQLException e) {
      if (CHANGED.equals(e.getSQLState())) {
        return false; // what is known is corrected by the transaction that follows
      }
      throw e;
    }
  }

  private boolean written(List<Counter> changed, long micros, long state, long sent)
      throws FencedException {
    if (micros == FENCED) {
      throw new FencedException();
    }
    if (micros == OTHER_SETTINGS) {
      return false;
    }
    long now = System.nanoTime();
    clock.said(micros, sent, now);
    for (Counter counter : changed) {
      long before = counter.state();
      counter.state(state);
      known.learn(counter, before, now);
    }
    return true;
  }

  /** A transaction has read and left them like this. */
  void learn(LedgerTransaction.Left left) {
    long now = System.nanoTime();
    clock.said(Columns.micros(left.time()), left.sentNanos(), left.receivedNanos());
    for (Counter counter : left.counters()) {
      known.learn(counter, left.readState(counter), now);
    }
  }

  /** Nothing is known of the database any more. */
  void forget() {
    known.forget();
  }

  /** After a failure: what may have been admitted nevertheless. To be released. */
  List<RunningHold> doubtful() {
    return LedgerTransaction.admitted(answers);
  }
}
