package io.penstock.engine.backend.cuda.driver;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for the GPU by asking, never by a call of the driver that returns only when the GPU does: a
 * kernel that hangs must not take the engine's thread with it.
 *
 * <p>First a short spin, which catches what is nearly done to the microsecond; then naps, which
 * leave the core to others and are late by about {@value #NAP_NANOS} ns; long waits nap longer.
 */
final class Waiting {
  private static final long SPIN_NANOS = 50_000;
  private static final long NAP_NANOS = 20_000;
  private static final long LONG_NAP_NANOS = 500_000;
  private static final long LONG_WAIT_NANOS = 200_000_000;

  private Waiting() {}

  /** Reads the status of a query. */
  static boolean done(int code, String call) {
    if (code == Status.NOT_READY) {
      return false;
    }
    Status.check(code, call);
    return true;
  }

  /**
   * Returns as soon as {@code finished} says so.
   *
   * @throws CudaTimeoutException after {@code timeout}
   */
  static void until(BooleanSupplier finished, Duration timeout, String what) {
    if (finished.getAsBoolean()) {
      return;
    }
    long begin = System.nanoTime();
    long limit = timeout.toNanos();
    boolean interrupted = false;
    try {
      while (!finished.getAsBoolean()) {
        long waited = System.nanoTime() - begin;
        if (waited > limit) {
          throw new CudaTimeoutException(what, timeout);
        } else if (waited < SPIN_NANOS) {
          Thread.onSpinWait();
        } else {
          LockSupport.parkNanos(waited < LONG_WAIT_NANOS ? NAP_NANOS : LONG_NAP_NANOS);
          // An interrupted thread cannot park: the flag is put back at the end.
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
