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
 * Runs batches on the ledger's connection and sees to what goes wrong: conflicts at once again, bad
 * rows apart from the others, everything again when the database is back. Only for the ledger's
 * thread.
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
  private final QuickAdmission quick;
  private final LedgerQueue queue;
  private final Map<String, RunningHold> running;
  private final Semaphore slots;
  private final LedgerMetrics metrics;
  private Connection connection;
  private boolean away;
  private boolean behind;
  private long pausedUntil = System.nanoTime();

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
     * @param running holds of this server, by request id
     * @param slots given back as requests are booked or refused
     */
    BatchRunner create(
        LedgerQueue queue,
        Map<String, RunningHold> running,
        Semaphore slots,
        LedgerMetrics metrics) {
      return new BatchRunner(this, queue, running, slots, metrics);
    }
  }

  private BatchRunner(
      Factory factory,
      LedgerQueue queue,
      Map<String, RunningHold> running,
      Semaphore slots,
      LedgerMetrics metrics) {
    this.connections = factory.connections;
    this.replica = factory.replica;
    this.quick = new QuickAdmission(replica, rules);
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
      connection = connections.open("ledger");
      replica.register(connection);
      rules.forget();
    }
    return connection;
  }

  /** Whether the database was away when it was last asked. */
  boolean isAway() {
    return away;
  }

  /** For how long settlements, and all when it is away, should not be tried again. */
  long pauseNanos() {
    return pausedUntil - System.nanoTime();
  }

  void run(Batch batch) {
    Batch rest = quickly(batch);
    if (!rest.isEmpty() || batch.isEmpty()) {
      transact(rest);
    }
  }

  /** Admits in one round trip what can be; returns what is left. */
  private Batch quickly(Batch batch) {
    if (connection == null || batch.places().isEmpty()) {
      return batch;
    }
    try {
      long begin = System.nanoTime();
      TransactionEvent event = TransactionEvent.begun();
      List<Place.Answer> answers = quick.admit(connection, batch.places());
      if (answers == null) {
        return batch;
      }
      metrics.committed(answers.size(), System.nanoTime() - begin);
      metrics.quick(answers.size());
      event.committed(batch, true);
      committed(batch.onlyPlaces(), answers);
      return batch.withoutPlaces();
    } catch (FencedException _) {
      fenced();
      return batch;
    } catch (SQLException e) {
      metrics.failed();
      batch.checkpoints().forEach(c -> c.hold().notCheckpointed());
      away(batch, quick.doubtful(), e);
      return Batch.EMPTY;
    }
  }

  private void transact(Batch batch) {
    LedgerTransaction transaction = null;
    List<Place.Answer> answers;
    try {
      long begin = System.nanoTime();
      TransactionEvent event = TransactionEvent.begun();
      transaction = new LedgerTransaction(connection(), replica.id(), rules, refusedBudgets, ports);
      boolean othersEnded = batch.ended().isEmpty() && queue.hasEnded() && pauseNanos() <= 0;
      answers = transaction.run(batch, othersEnded);
      if (answers != null) {
        quick.learn(transaction.left());
      }
      metrics.committed(batch.places().size() + batch.ended().size(), System.nanoTime() - begin);
      event.committed(batch, false);
    } catch (FencedException _) {
      fenced();
      transact(batch);
      return;
    } catch (SQLException | RuntimeException e) {
      quick.forget();
      batch.checkpoints().forEach(c -> c.hold().notCheckpointed());
      failed(batch, transaction, e);
      return;
    }
    if (away) {
      away = false;
      LOG.info("The database is back; what waited is being booked");
    }
    if (answers == null) {
      transact(batch.withEnded(queue.ended(Batch.MOST)));
    } else {
      committed(batch, answers);
    }
  }

  private void committed(Batch batch, List<Place.Answer> answers) {
    for (int i = 0; i < answers.size(); i++) {
      answer(batch.places().get(i), answers.get(i));
    }
    behind &= batch.ended().isEmpty();
    slots.release(batch.ended().size());
    batch.checkpoints().forEach(c -> c.hold().checkpointed(c.tokens()));
  }

  private void answer(Place place, Place.Answer answer) {
    if (answer instanceof Place.Admitted(RunningHold hold)) {
      running.put(hold.row().requestId(), hold);
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
  private void fenced() {
    LOG.warn("Other servers took this one for dead; its {} requests end", running.size());
    metrics.fenced();
    running.values().forEach(RunningHold::revoke);
    replica.renew();
    close();
  }

  private void failed(Batch batch, LedgerTransaction transaction, Exception error) {
    metrics.failed();
    if (Faults.isConflict(error)) {
      transact(batch);
    } else if (Faults.isAway(error) || transaction == null) {
      away(batch, transaction == null ? List.of() : transaction.doubtful(), error);
    } else if (!batch.places().isEmpty() && batch.places().size() < size(batch)) {
      transact(batch.onlyPlaces());
      transact(batch.withoutPlaces());
    } else if (size(batch) > 1 && Faults.isBadData(error)) {
      batch.places().forEach(place -> transact(new Batch(List.of(place), List.of(), List.of())));
      batch.ended().forEach(ended -> transact(new Batch(List.of(), List.of(ended), List.of())));
    } else if (!batch.places().isEmpty()) {
      LOG.error("Admission failed", error);
      batch.places().forEach(this::unavailable);
    } else if (Faults.isBadData(error)) {
      batch.ended().forEach(ended -> refused(ended, error));
    } else {
      later(batch, error);
    }
  }

  private static int size(Batch batch) {
    return batch.places().size() + batch.ended().size() + batch.checkpoints().size();
  }

  /** The database is there and admits, but does not take settlements. */
  private void later(Batch batch, Exception error) {
    if (!behind) {
      LOG.error("{} settlements wait for the database", batch.ended().size(), error);
    }
    behind = true;
    pausedUntil = System.nanoTime() + PAUSE.toNanos();
    queue.putBack(batch.ended());
  }

  private void away(Batch batch, List<RunningHold> doubtful, Exception error) {
    if (!away) {
      LOG.warn("{} settlements wait for the database: {}", batch.ended().size(), error.toString());
    }
    close();
    away = true;
    pausedUntil = System.nanoTime() + PAUSE.toNanos();
    queue.putBack(batch.ended());
    batch.places().forEach(BatchRunner::refuse);
    doubtful.forEach(hold -> queue.add(release(hold)));
    slots.release(batch.places().size() - doubtful.size()); // the others' with their release
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
    quick.forget();
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
