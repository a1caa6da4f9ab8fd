package io.penstock.api.quota.ledger;

import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.platform.PenstockProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The one thread of this server that admits. Whatever waits for admission travels in the next
 * transaction: alone when little goes on, by the hundred under load. So nobody waits for a timer,
 * and the more there is the less each costs. What has ended is settled by another ({@link
 * SettlementThread}), every now and then, or at once when somebody needs its room.
 *
 * <p>A request takes a slot before it asks and gives it back when it is booked. So memory is
 * bounded, the end of a request never waits and never fails for want of room, and nothing is
 * dropped: while the database is away settlements wait, and new requests are refused.
 */
@Component
final class LedgerThread implements SmartLifecycle {
  private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long STOPPING_NANOS = 1_000_000;
  private static final Duration LAST_PLACES = Duration.ofSeconds(5);

  /** Stops after the engines, whose last requests it must book. */
  private static final int PHASE = 500;

  private final LedgerQueue queue = new LedgerQueue();
  private final Map<String, RunningHold> running = new ConcurrentHashMap<>();
  private final Semaphore slots;
  private final BatchRunner runner;
  private final SettlementThread settlements;
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
    CounterGate gate = new CounterGate();
    this.settlements =
        new SettlementThread(
            queue, running, self -> runners.create(gate, queue, running, slots, metrics, self));
    this.runner = runners.create(gate, queue, running, slots, metrics, settlements);
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

  /** The database may have forgotten what runs here. */
  void recall() {
    settlements.recall();
  }

  @Override
  public void start() {
    stopping = false;
    runner.open();
    settlements.start();
    timeout.start();
    thread = Thread.ofPlatform().name("ledger").daemon().start(this::run);
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted() && !(stopping && !queue.hasPlaces())) {
      long pause = runner.pauseNanos();
      if (runner.isAway() && pause > 0) {
        queue.places(Integer.MAX_VALUE).forEach(runner::unavailable);
        queue.awaitPlaces(pause);
        continue;
      }
      List<Place> places = queue.places(Batch.MOST);
      if (!places.isEmpty() || runner.isAway()) {
        inFlight = places;
        runner.run(new Batch(places, List.of(), List.of()));
        inFlight = List.of();
      } else {
        queue.awaitPlaces(stopping ? STOPPING_NANOS : IDLE_NANOS);
      }
    }
    runner.close();
  }

  @Override
  public void stop() {
    stopping = true;
    Thread ledger = thread;
    try {
      if (ledger != null && !ledger.join(LAST_PLACES)) {
        ledger.interrupt();
        ledger.join(Duration.ofSeconds(1));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    settlements.stop();
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
