package io.penstock.api.quota.ledger;

import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.platform.PenstockProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The one thread of this server that admits, settles and writes checkpoints. Whatever waits for
 * admission travels in the next transaction: alone when little goes on, by the hundred under load.
 * So nobody waits for a timer, and the more there is the less each costs. What has ended comes with
 * it every now and then, or at once when somebody needs its room.
 *
 * <p>A request takes a slot before it asks and gives it back when it is booked. So memory is
 * bounded, the end of a request never waits and never fails for want of room, and nothing is
 * dropped: while the database is away settlements wait, and new requests are refused.
 */
@Component
final class LedgerThread implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerThread.class);

  /**
   * Between settlements, unless so many wait or an admission would be refused but for them: booking
   * costs hardly more for some than for one, and nobody waits for it; but admissions wait while it
   * is done, so it is not to be long.
   */
  private static final long SETTLEMENT_NANOS = Duration.ofMillis(200).toNanos();

  private static final int ENOUGH_SETTLEMENTS = 64;

  private static final int MOST_CHECKPOINTS = 500;
  private static final long STOPPING_NANOS = 1_000_000;
  private static final long CHECKPOINT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final Duration FLUSH_AT_SHUTDOWN = Duration.ofSeconds(15);

  /** Stops after the engines, whose last requests it must book. */
  private static final int PHASE = 500;

  private final LedgerQueue queue = new LedgerQueue();
  private final Map<String, RunningHold> running = new ConcurrentHashMap<>();
  private final Semaphore slots;
  private final BatchRunner runner;
  private final Set<RunningHold> due = new LinkedHashSet<>();
  private long lastCheckpoints = System.nanoTime();
  private long lastSettlements = System.nanoTime();
  private final AdmissionTimeout timeout = new AdmissionTimeout(this::waiting);

  /** What the running transaction may admit. */
  private volatile List<Place> inFlight = List.of();

  private volatile boolean stopping;
  private volatile Thread thread;

  LedgerThread(BatchRunner.Factory runners, PenstockProperties properties, MeterRegistry meters) {
    int capacity = properties.usageQueueCapacity();
    this.slots = new Semaphore(capacity);
    LedgerMetrics metrics = new LedgerMetrics(meters);
    metrics.gauge("penstock.usage.queue.size", () -> capacity - slots.availablePermits());
    metrics.gauge("penstock.ledger.holds", running::size);
    this.runner = runners.create(queue, running, slots, metrics);
  }

  /** False when too much waits to be booked; then the request is to be refused. */
  boolean place(Place place) {
    if (stopping || !slots.tryAcquire()) {
      return false;
    }
    queue.add(place);
    return true;
  }

  /** Whether somebody waits for the thread. */
  boolean isWanted() {
    return queue.hasPlaces();
  }

  /**
   * A request has ended.
   *
   * @param outcome null when it never reached an engine
   */
  void ended(RunningHold hold, Outcome outcome) {
    running.remove(hold.row().requestId());
    queue.add(
        new Ended(
            hold.row(),
            hold.price(),
            hold.bounds(),
            outcome,
            outcome == null ? Ended.How.RELEASED : Ended.How.SETTLED));
  }

  private List<Place> waiting() {
    List<Place> all = new ArrayList<>(inFlight);
    all.addAll(queue.waitingPlaces());
    return all;
  }

  /** A running request is far ahead of its last checkpoint. */
  void checkpointDue(RunningHold hold) {
    queue.add(hold);
  }

  @Override
  public void start() {
    stopping = false;
    runner.open();
    timeout.start();
    thread = Thread.ofPlatform().name("ledger").daemon().start(this::run);
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted() && !(stopping && queue.isEmpty())) {
      long pause = runner.pauseNanos();
      if (runner.isAway() && pause > 0) {
        queue.places(Integer.MAX_VALUE).forEach(runner::unavailable);
        queue.awaitPlaces(pause);
        continue;
      }
      Batch batch = collect(pause <= 0);
      if (!batch.isEmpty() || runner.isAway()) {
        inFlight = batch.places();
        runner.run(batch);
        inFlight = List.of();
      } else if (pause > 0) {
        queue.awaitPlaces(pause);
      } else {
        queue.await(stopping ? STOPPING_NANOS : untilWork());
      }
    }
    runner.leave();
  }

  /**
   * @param booking whether settlements and checkpoints can be written
   */
  private Batch collect(boolean booking) {
    List<Place> places = queue.places(Batch.MOST);
    if (!booking) {
      return new Batch(places, List.of(), List.of());
    }
    List<Ended> ended = List.of();
    if (stopping || untilSettlements() <= 0) {
      ended = queue.ended(Batch.MOST);
      if (!ended.isEmpty() && !queue.hasEnded()) {
        lastSettlements = System.nanoTime();
      }
    }
    return new Batch(places, ended, checkpoints());
  }

  /** Some of those that are due: many at once would keep admissions waiting. */
  private List<Batch.Checkpoint> checkpoints() {
    if (untilCheckpoints() <= 0) {
      lastCheckpoints = System.nanoTime();
      due.addAll(running.values());
    }
    due.addAll(queue.ahead(MOST_CHECKPOINTS));
    List<Batch.Checkpoint> checkpoints = new ArrayList<>();
    Iterator<RunningHold> next = due.iterator();
    while (next.hasNext() && checkpoints.size() < MOST_CHECKPOINTS) {
      RunningHold hold = next.next();
      next.remove();
      if (hold.isAhead() && running.containsKey(hold.row().requestId())) {
        checkpoints.add(new Batch.Checkpoint(hold, hold.generated()));
      }
    }
    return checkpoints;
  }

  private long untilWork() {
    return queue.hasEnded() ? Math.min(untilCheckpoints(), untilSettlements()) : untilCheckpoints();
  }

  private long untilSettlements() {
    return queue.endedCount() >= ENOUGH_SETTLEMENTS
        ? 0
        : lastSettlements + SETTLEMENT_NANOS - System.nanoTime();
  }

  private long untilCheckpoints() {
    return lastCheckpoints + CHECKPOINT_NANOS - System.nanoTime();
  }

  @Override
  public void stop() {
    stopping = true;
    Thread ledger = thread;
    try {
      if (ledger != null && !ledger.join(FLUSH_AT_SHUTDOWN)) {
        ledger.interrupt();
        ledger.join(Duration.ofSeconds(1));
        // The last resort: what the database did not take stands in the log.
        queue
            .ended(Integer.MAX_VALUE)
            .forEach(ended -> LOG.error("Not booked before shutdown: {}", ended));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    timeout.stop();
    thread = null;
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
