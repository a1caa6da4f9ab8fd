package io.penstock.api.quota.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that settles requests and writes checkpoints, on a connection of its own: what is
 * booked takes several round trips, in which others are to be admitted.
 */
final class SettlementThread implements BatchRunner.Settler {
  private static final Logger LOG = LoggerFactory.getLogger(SettlementThread.class);

  /**
   * Between settlements, unless so many wait or somebody needs their room: booking costs hardly
   * more for some than for one, and nobody waits for it.
   */
  private static final long SETTLEMENT_NANOS = Duration.ofMillis(200).toNanos();

  private static final int ENOUGH_SETTLEMENTS = 64;
  private static final int MOST_CHECKPOINTS = 500;
  private static final long CHECKPOINT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long STOPPING_NANOS = 1_000_000;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(3).toNanos();
  private static final Duration FLUSH_AT_SHUTDOWN = Duration.ofSeconds(15);

  private final LedgerQueue queue;
  private final Map<String, RunningHold> running;
  private final BatchRunner runner;
  private final Set<RunningHold> due = new LinkedHashSet<>();
  private long lastCheckpoints = System.nanoTime();
  private long lastSettlements = System.nanoTime();
  private volatile long settled; // of those that were ever added
  private volatile boolean wanted;
  private volatile boolean forgotten;
  private volatile boolean stopping;
  private volatile Thread thread;

  /**
   * @param running holds of this server, by request id
   * @param runners makes what runs the batches
   */
  SettlementThread(
      LedgerQueue queue,
      Map<String, RunningHold> running,
      Function<BatchRunner.Settler, BatchRunner> runners) {
    this.queue = queue;
    this.running = running;
    this.runner = runners.apply(this);
  }

  /**
   * @throws io.penstock.api.platform.SettingException when there is no database
   */
  void start() {
    stopping = false;
    runner.open();
    thread = Thread.ofPlatform().name("settlement").daemon().start(this::run);
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted() && !(stopping && !queue.hasEnded())) {
      long pause = runner.pauseNanos();
      if (pause > 0) {
        LockSupport.parkNanos(this, pause);
        continue;
      }
      Batch batch = collect();
      if (forgotten || batch.isEmpty() && runner.isAway()) {
        forgotten = false;
        runner.recall();
      }
      if (!batch.isEmpty()) {
        runner.run(batch);
        tell();
      } else if (!runner.isAway()) {
        queue.awaitEnded(stopping ? STOPPING_NANOS : untilWork());
      }
    }
    tell();
    runner.leave();
  }

  private synchronized void tell() {
    settled = queue.taken();
    notifyAll();
  }

  private Batch collect() {
    List<Ended> ended = List.of();
    if (stopping || wanted || untilSettlements() <= 0) {
      ended = queue.ended(Batch.MOST);
      if (!queue.hasEnded()) {
        wanted = false;
        lastSettlements = System.nanoTime();
      }
    }
    return new Batch(List.of(), ended, checkpoints());
  }

  /** Some of those that are due: many at once would take long. */
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
  public boolean hasWork() {
    return runner.pauseNanos() <= 0 && (queue.added() > settled || queue.hasEnded());
  }

  @Override
  public void settleAll() {
    long target = queue.added();
    long until = System.nanoTime() + PATIENCE_NANOS;
    wanted = true;
    wake();
    synchronized (this) {
      while (settled < target && runner.pauseNanos() <= 0 && thread != null) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          return;
        }
        try {
          wait(Math.max(1, left / 1_000_000));
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  /** The database may have forgotten what runs here. */
  void recall() {
    forgotten = true;
    wake();
  }

  /** Ends its wait, also one that it is about to begin. */
  private void wake() {
    LockSupport.unpark(thread);
  }

  /** Settles what has ended, and leaves. */
  void stop() {
    stopping = true;
    wake();
    Thread settling = thread;
    try {
      if (settling != null && !settling.join(FLUSH_AT_SHUTDOWN)) {
        settling.interrupt();
        settling.join(Duration.ofSeconds(1));
        // The last resort: what the database did not take stands in the log.
        queue
            .ended(Integer.MAX_VALUE)
            .forEach(ended -> LOG.error("Not booked before shutdown: {}", ended));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    thread = null;
  }
}
