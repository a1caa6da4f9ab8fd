package io.penstock.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Fork-join for very short parallel regions: a step has several hundred of them, some of 10 us.
 *
 * <p><b>Notes.</b> A region is an immutable {@link Job} with a counter of claimed and one of
 * finished indices. The caller publishes it in a volatile field, takes indices like everybody else,
 * and waits until all <em>indices</em> have finished, not all workers: one that the operating
 * system has taken off its core delays nobody unless it holds an index, and one that arrives late
 * at an old job finds no index left and does no harm. Who computes an index never matters to the
 * result.
 *
 * <p>Waiting is a bounded spin, then a park: inside a step the next region comes within
 * microseconds, while an idle engine must leave the processor to others. The {@code parked} flag is
 * set before the last look at {@code job}, and the caller reads it after writing {@code job}; both
 * are volatile, so a wake-up cannot be lost.
 */
final class WorkerPool implements AutoCloseable {

  /** The body of a parallel region. */
  @FunctionalInterface
  interface Task {
    /**
     * @param index 0 .. count-1, each exactly once
     * @param worker 0 .. {@link #size()}-1, never the same for two running at once: for scratch
     *     memory
     */
    void run(int index, int worker);
  }

  private static final int SPINS_BEFORE_PARK = 20_000;
  private static final int SPINS_BEFORE_YIELD = 2_000;

  private final Worker[] workers;
  private volatile Job job = new Job(null, 0);
  private volatile boolean closed;

  /**
   * @param threads how many run a region, the caller among them; at least 1
   */
  WorkerPool(int threads) {
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  /** Threads that take part in a region, the caller included. */
  int size() {
    return workers.length + 1;
  }

  /**
   * Runs {@code task} for 0..count-1 and returns when all have finished. One region at a time: not
   * to be called from inside a task nor by two threads at once.
   *
   * @throws RuntimeException or Error: the first that a task threw, after all others have ended
   */
  void run(int count, Task task) {
    if (count <= 1 || workers.length == 0) {
      for (int i = 0; i < count; i++) {
        task.run(i, 0);
      }
      return;
    }
    Job current = new Job(task, count);
    job = current;
    for (Worker worker : workers) {
      worker.wake();
    }
    current.work(0);
    current.await();
    current.rethrow();
  }

  /** Ends the workers. Regions run afterwards are computed by the caller alone. */
  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  private static final class Job {
    private final Task task;
    private final int count;
    private final AtomicInteger claimed = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Job(Task task, int count) {
      this.task = task;
      this.count = count;
    }

    void work(int worker) {
      for (int i = claimed.getAndIncrement(); i < count; i = claimed.getAndIncrement()) {
        try {
          task.run(i, worker);
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        } finally {
          finished.incrementAndGet();
        }
      }
    }

    void await() {
      for (int spins = 0; finished.get() < count; spins++) {
        if (spins < SPINS_BEFORE_YIELD) {
          Thread.onSpinWait();
        } else {
          Thread.yield();
        }
      }
    }

    void rethrow() {
      switch (failure.get()) {
        case null -> {}
        case Error e -> throw e;
        case RuntimeException e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }
  }

  private final class Worker extends Thread {
    private final int number;
    private volatile boolean parked;

    Worker(int number) {
      super("cpu-worker-" + number);
      this.number = number;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      Job last = job;
      while (!closed) {
        last = next(last);
        last.work(number);
      }
    }

    /** Waits for a job other than {@code last}, or for the end. */
    private Job next(Job last) {
      for (int spins = 0; spins < SPINS_BEFORE_PARK; spins++) {
        if (job != last) {
          return job;
        }
        Thread.onSpinWait();
      }
      parked = true;
      while (job == last && !closed) {
        LockSupport.park(WorkerPool.this);
      }
      parked = false;
      return job;
    }
  }
}
