package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.platform.SettingException;
import io.penstock.api.platform.database.JdbcConnections;
import io.penstock.api.platform.error.ApiException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Runs batches on a connection of its own and sees to what goes wrong: conflicts at once again, bad
 * rows apart from the others, everything again when the database is back. Only for one thread.
 */
final class BatchRunner {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final JdbcConnections connections;
  private final Replica replica;
  private final List<SettlementPort> ports;
  private final RuleCache rules = new RuleCache();
  private final RefusedBudgets refusedBudgets = new RefusedBudgets();
  private final CounterGate gate;
  private final QuickAdmission quick;
  private final Settler others;
  private final LedgerQueue queue;
  private final Map<String, RunningHold> running;
  private final Semaphore slots;
  private final LedgerMetrics metrics;
  private Connection connection;

  /**
   * Whether the database knows what all servers run; of this connection, that is, until a crash.
   */
  private boolean complete;

  private volatile boolean away;
  private boolean behind;

  /** Of the last admission, to be tried one by one: one of them is at fault. */
  private List<Place> apart = List.of();

  private volatile long pausedUntil = System.nanoTime();

  /** Whoever settles what has ended. */
  interface Settler {
    /** Whether something has ended that is not settled yet. */
    boolean hasWork();

    /** Has all that has ended settled, as far as can be; not for whoever has the gate. */
    void settleAll();
  }

  /** What runners need of the application. */
  @Component
  static final class Factory {
    private final JdbcConnections connections;
    private final Replica replica;
    private final List<SettlementPort> ports;

    Factory(JdbcConnections connections, Replica replica, List<SettlementPort> ports) {
      this.connections = connections;
      this.replica = replica;
      this.ports = ports;
    }

    /**
     * @param gate of this server's counters
     * @param running holds of this server, by request id
     * @param slots given back as requests are booked or refused
     * @param others asked when somebody would be refused because of what others hold
     */
    BatchRunner create(
        CounterGate gate,
        LedgerQueue queue,
        Map<String, RunningHold> running,
        Semaphore slots,
        LedgerMetrics metrics,
        Settler others) {
      return new BatchRunner(this, gate, queue, running, slots, metrics, others);
    }
  }

  private BatchRunner(
      Factory factory,
      CounterGate gate,
      LedgerQueue queue,
      Map<String, RunningHold> running,
      Semaphore slots,
      LedgerMetrics metrics,
      Settler others) {
    this.connections = factory.connections;
    this.replica = factory.replica;
    this.gate = gate;
    this.quick = new QuickAdmission(gate, replica, rules);
    this.others = others;
    this.ports = factory.ports;
    this.queue = queue;
    this.running = running;
    this.slots = slots;
    this.metrics = metrics;
  }

  /** At the start, when the database must be there. */
  void open() {
    try {
      connection();
    } catch (SQLException e) {
      throw new SettingException("The ledger cannot reach the database: " + e.getMessage(), e);
    }
  }

  private Connection connection() throws SQLException {
    if (connection == null) {
      connection = connections.openWithAsynchronousCommit("ledger");
      remember();
      rules.forget();
    }
    return connection;
  }

  private void remember() throws SQLException {
    gate.enter();
    try {
      int forgotten = Recall.run(connection, replica, running.values());
      if (forgotten > 0) {
        gate.forget();
        metrics.recalled(forgotten);
        LOG.warn("The database had forgotten {} running requests; they are held again", forgotten);
      }
    } finally {
      gate.leave();
    }
  }

  /** For admissions: what others run must be known, too. */
  private Connection admitting() throws SQLException {
    Connection open = connection();
    if (!complete) {
      complete = Recall.isComplete(open);
    }
    if (!complete) {
      throw new SQLException(
          "Other servers have yet to say what they run since the database came back",
          Faults.NOT_YET);
    }
    return open;
  }

  /** The database may have forgotten what this server runs, or may be back. */
  void recall() {
    try {
      connection();
      remember();
      isBack();
    } catch (SQLException | RuntimeException e) {
      isAway(e);
    }
  }

  /** Whether the database was away when it was last asked. */
  boolean isAway() {
    return away;
  }

  /** For how long it should not be tried again. */
  long pauseNanos() {
    return pausedUntil - System.nanoTime();
  }

  /** An empty batch finds out whether admissions are possible again. */
  void run(Batch batch) {
    if (!batch.places().isEmpty() || batch.isEmpty()) {
      admit(batch.places());
    }
    if (!batch.ended().isEmpty() || !batch.checkpoints().isEmpty()) {
      settle(batch.ended(), batch.checkpoints());
    }
  }

  private void admit(List<Place> places) {
    apart = List.of();
    List<Place.Answer> answers = tryToAdmit(places, others.hasWork());
    if (answers == null) {
      others.settleAll();
      answers = tryToAdmit(places, false);
    }
    for (int i = 0; i < answers.size(); i++) {
      answer(places.get(i), answers.get(i));
    }
    apart.forEach(place -> admit(List.of(place)));
  }

  /**
   * Empty when something failed, which is seen to then; null when others should be settled first.
   */
  private List<Place.Answer> tryToAdmit(List<Place> places, boolean othersEnded) {
    gate.enter();
    try {
      List<Place.Answer> answers = quickly(places);
      if (answers == null) {
        answers = transact(places, othersEnded);
      }
      if (answers != null) {
        // before anybody else has the gate: see Recall
        Place.admitted(answers).forEach(hold -> running.put(hold.row().requestId(), hold));
      }
      return answers;
    } finally {
      gate.leave();
    }
  }

  /** Admits in one round trip if that can be; null when it cannot. */
  private List<Place.Answer> quickly(List<Place> places) {
    if (connection == null || !complete || places.isEmpty()) {
      return null;
    }
    try {
      long begin = System.nanoTime();
      TransactionEvent event = TransactionEvent.begun();
      List<Place.Answer> answers = quick.admit(connection, places);
      if (answers != null) {
        metrics.committed(answers.size(), System.nanoTime() - begin);
        metrics.quick(answers.size());
        event.committed(places.size(), 0, 0, true);
      }
      return answers;
    } catch (FencedException e) {
      fenced(e);
      return null;
    } catch (SQLException e) {
      metrics.failed();
      away(places, quick.doubtful(), e);
      return List.of();
    }
  }

  private List<Place.Answer> transact(List<Place> places, boolean othersEnded) {
    AdmissionTransaction transaction = null;
    try {
      long begin = System.nanoTime();
      TransactionEvent event = TransactionEvent.begun();
      transaction =
          new AdmissionTransaction(admitting(), replica.id(), rules, refusedBudgets, ports);
      List<Place.Answer> answers = transaction.run(places, othersEnded);
      if (answers != null) {
        gate.learn(transaction.left());
        metrics.committed(places.size(), System.nanoTime() - begin);
        event.committed(places.size(), 0, 0, false);
        isBack();
      }
      return answers;
    } catch (FencedException e) {
      fenced(e);
      return transact(places, othersEnded);
    } catch (SQLException | RuntimeException e) {
      metrics.failed();
      gate.forget();
      if (Faults.isConflict(e)) {
        return transact(places, othersEnded);
      }
      failed(places, transaction, e);
      return List.of();
    }
  }

  private void failed(List<Place> places, AdmissionTransaction transaction, Exception error) {
    if (Faults.isAway(error) || transaction == null) {
      away(places, transaction == null ? List.of() : transaction.doubtful(), error);
    } else if (places.size() > 1 && Faults.isBadData(error)) {
      apart = places;
    } else {
      LOG.error("Admission failed", error);
      places.forEach(this::unavailable);
    }
  }

  private void away(List<Place> places, List<RunningHold> doubtful, Exception error) {
    isAway(error);
    places.forEach(BatchRunner::refuse);
    doubtful.forEach(hold -> queue.add(release(hold)));
    slots.release(places.size() - doubtful.size()); // the others' with their release
  }

  private void settle(List<Ended> ended, List<Batch.Checkpoint> checkpoints) {
    boolean connected = false;
    try {
      long begin = System.nanoTime();
      TransactionEvent event = TransactionEvent.begun();
      SettlementTransaction transaction =
          new SettlementTransaction(connection(), replica.id(), gate, ports);
      connected = true;
      transaction.run(ended, checkpoints);
      Transactions.flush(connection); // with no lock of anybody; what fails here is done again
      metrics.committed(ended.size(), System.nanoTime() - begin);
      event.committed(0, ended.size(), checkpoints.size(), false);
      isBack();
      behind &= ended.isEmpty();
      slots.release(ended.size());
      checkpoints.forEach(c -> c.hold().checkpointed(c.tokens()));
    } catch (FencedException e) {
      fenced(e);
      settle(ended, checkpoints);
    } catch (SQLException | RuntimeException e) {
      metrics.failed();
      gate.forget();
      if (Faults.isConflict(e)) {
        settle(ended, checkpoints);
      } else {
        checkpoints.forEach(c -> c.hold().notCheckpointed());
        failed(ended, connected, e);
      }
    }
  }

  private void failed(List<Ended> ended, boolean connected, Exception error) {
    if (Faults.isAway(error) || !connected) {
      isAway(error);
      queue.putBack(ended);
    } else if (ended.size() > 1 && Faults.isBadData(error)) {
      ended.forEach(one -> settle(List.of(one), List.of()));
    } else if (Faults.isBadData(error)) {
      ended.forEach(one -> refused(one, error));
    } else {
      later(ended, error);
    }
  }

  private void isBack() {
    if (away) {
      away = false;
      LOG.info("The database is back; what waited is being booked");
    }
  }

  private void isAway(Exception error) {
    if (!away) {
      LOG.warn("{} settlements wait for the database: {}", queue.endedCount(), error.toString());
    }
    close();
    pausedUntil = System.nanoTime() + PAUSE.toNanos();
    away = true;
  }

  private void answer(Place place, Place.Answer answer) {
    if (answer instanceof Place.Admitted(RunningHold hold)) {
      if (!place.answer(answer)) {
        running.remove(hold.row().requestId());
        queue.add(release(hold));
      }
    } else {
      slots.release();
      place.answer(answer);
    }
  }

  private static Ended release(RunningHold hold) {
    return new Ended(hold.row(), hold.price(), hold.bounds(), null, Ended.How.RELEASED);
  }

  /** The database cannot be asked: the client should come again. */
  void unavailable(Place place) {
    slots.release();
    refuse(place);
  }

  private static void refuse(Place place) {
    place.answer(
        new Place.Refused(
            ApiException.overloaded(
                "Usage cannot be recorded at the moment, so no new requests are taken.",
                RETRY_AFTER)));
  }

  /**
   * Requests that run under the old name are not held any more: they end with their next token, and
   * what they generated since their last checkpoint is booked when they have.
   */
  private void fenced(FencedException as) {
    if (replica.renew(as.dead())) {
      LOG.warn("Other servers took this one for dead; its {} requests end", running.size());
      metrics.fenced();
      running.values().forEach(RunningHold::revoke);
    }
    close();
  }

  /** The database is there and admits, but does not take settlements. */
  private void later(List<Ended> ended, Exception error) {
    if (!behind) {
      LOG.error("{} settlements wait for the database", ended.size(), error);
    }
    behind = true;
    pausedUntil = System.nanoTime() + PAUSE.toNanos();
    queue.putBack(ended);
  }

  /** A row that the database refuses must not hold up the others, nor vanish. */
  private void refused(Ended ended, Exception cause) {
    LOG.error("The database refuses to book {}: {}", ended, cause.getMessage());
    metrics.refusedRow();
    if (ended.how() == Ended.How.RELEASED) {
      slots.release();
    } else {
      queue.add(new Ended(ended.hold(), ended.price(), ended.bounds(), null, Ended.How.RELEASED));
    }
  }

  /** At the end: leaves, if the database is there to hear it. */
  void leave() {
    try {
      replica.leave(connection());
    } catch (SQLException e) {
      LOG.warn("The others will notice that this server has gone: {}", e.toString());
    }
    close();
  }

  /** Without leaving: it may be opened again. */
  void close() {
    gate.forget();
    complete = false;
    if (connection == null) {
      return;
    }
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("connection not closed", e);
    }
    connection = null;
  }
}
