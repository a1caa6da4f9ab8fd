package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where admissions and settlements of this server meet: the counters, which one of them changes at
 * a time, and what is known of them. Whoever has the gate finds the counters as it believes them,
 * unless another server writes them too; and settlements have it for one round trip, however much
 * they book.
 *
 * <p>Nobody waits for the gate with a lock of the database that whoever has it may need.
 */
final class CounterGate {
  private final ReentrantLock turn = new ReentrantLock(true);
  private final KnownCounters known = new KnownCounters();
  private final DatabaseClock clock = new DatabaseClock();

  void enter() {
    turn.lock();
  }

  void leave() {
    turn.unlock();
  }

  /** Only for whoever has the gate. */
  KnownCounters known() {
    return known;
  }

  /** Only for whoever has the gate. */
  DatabaseClock clock() {
    return clock;
  }

  /** Nothing is known of the database any more. */
  void forget() {
    enter();
    try {
      known.forget();
    } finally {
      leave();
    }
  }

  /** A transaction has read all counters of a step and left them like this. */
  void learn(LockStep locked) {
    long now = System.nanoTime();
    clock.said(Columns.micros(locked.time()), locked.sentNanos(), locked.receivedNanos());
    locked.counters().forEach(counter -> known.learn(counter, locked.readState(counter), now));
  }
}
