package io.penstock.engine.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Works out which tokens grammars allow next while the forward pass whose logits they mask is
 * computed. A few threads do; what they have not begun when the pass ends is done by who waits for
 * them, so nothing is ever later than without them.
 *
 * <p>For one thread, and one step at a time.
 */
public final class MasksAhead implements AutoCloseable {
  private static final int MOST_THREADS = 4;
  private static final long IDLE_SECONDS = 30;

  private final int threads;
  private final ThreadPoolExecutor pool;
  private Job running; // or null

  private static final class Job implements Runnable {
    private final List<SamplingState> states;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch open;

    Job(List<SamplingState> states) {
      this.states = states;
      this.open = new CountDownLatch(states.size());
    }

    @Override
    public void run() {
      for (int i = next.getAndIncrement(); i < states.size(); i = next.getAndIncrement()) {
        try {
          states.get(i).workOutAllowed();
        } finally {
          open.countDown();
        }
      }
    }
  }

  public MasksAhead() {
    this(Math.clamp(Runtime.getRuntime().availableProcessors() / 4, 1, MOST_THREADS));
  }

  MasksAhead(int threads) {
    this.threads = threads;
    this.pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(threads),
            Thread.ofPlatform().daemon().name("penstock-masks-", 0).factory(),
            new ThreadPoolExecutor.DiscardPolicy()); // who waits does it
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Begins with a step.
   *
   * @param states of its sampled sequences; not to be used until {@link #finish}
   */
  public void start(List<SamplingState> states) {
    List<SamplingState> masked = new ArrayList<>();
    for (SamplingState state : states) {
      if (state.grammar() != null) {
        masked.add(state);
      }
    }
    if (masked.isEmpty()) {
      return;
    }
    running = new Job(masked);
    for (int i = 0; i < Math.min(threads, masked.size()); i++) {
      pool.execute(running);
    }
  }

  /** Returns when all masks of the step are there. */
  public void finish() {
    if (running == null) {
      return;
    }
    Job job = running;
    running = null;
    job.run();
    boolean interrupted = false;
    while (true) {
      try {
        job.open.await();
        break;
      } catch (InterruptedException e) { // they are bounded, and nobody may use the states before
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
