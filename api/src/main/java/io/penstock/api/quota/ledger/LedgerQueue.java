package io.penstock.api.quota.ledger;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What waits for the ledger's threads. Bounded by the slots that requests take before they are put
 * in: a request is in one of the queues at most once.
 */
final class LedgerQueue {
  private final Queue<Place> places = new ConcurrentLinkedQueue<>();
  private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
  private final AtomicInteger endedCount = new AtomicInteger();
  private final Queue<RunningHold> ahead = new ConcurrentLinkedQueue<>();

  /** Settlements that failed and come again; of the thread that settles. */
  private final Deque<Ended> again = new ConcurrentLinkedDeque<>();

  private volatile Thread admitting;
  private volatile Thread settling;
  private volatile boolean endedWakes;
  private final AtomicLong added = new AtomicLong();
  private volatile long takenCount;

  void add(Place place) {
    places.add(place);
    LockSupport.unpark(admitting);
  }

  /** The first wakes the thread; others come in time with what it does then. */
  void add(Ended end) {
    ended.add(end);
    endedCount.incrementAndGet();
    added.incrementAndGet();
    if (endedWakes) {
      LockSupport.unpark(settling);
    }
  }

  boolean hasPlaces() {
    return !places.isEmpty();
  }

  boolean hasEnded() {
    return !ended.isEmpty() || !again.isEmpty();
  }

  /** Settlements that wait, but for those that come again. */
  int endedCount() {
    return endedCount.get();
  }

  /** Settlements that have ever been added. */
  long added() {
    return added.get();
  }

  /** How many of these {@link #ended} has given, in their order. */
  long taken() {
    return takenCount;
  }

  /** A checkpoint of it is due. */
  void add(RunningHold hold) {
    ahead.add(hold);
    LockSupport.unpark(settling);
  }

  /** Waits for an admission or for so long. Only for the thread that admits. */
  void awaitPlaces(long nanos) {
    admitting = Thread.currentThread();
    if (places.isEmpty()) {
      LockSupport.parkNanos(this, nanos);
    }
    admitting = null;
  }

  /**
   * Waits until there is something to settle or to write, or for so long: settlements that are
   * there already are due by then. Only for the thread that settles.
   */
  void awaitEnded(long nanos) {
    boolean pending = hasEnded();
    settling = Thread.currentThread();
    endedWakes = !pending;
    if (ahead.isEmpty() && pending == hasEnded()) {
      LockSupport.parkNanos(this, nanos);
    }
    settling = null;
  }

  /** Settlements come again, before later ones. */
  void putBack(List<Ended> failed) {
    for (int i = failed.size() - 1; i >= 0; i--) {
      again.addFirst(failed.get(i));
    }
  }

  List<Place> places(int most) {
    return take(places, most);
  }

  /** Those that are not taken yet; for any thread. */
  List<Place> waitingPlaces() {
    return List.copyOf(places);
  }

  /** Only for the thread that settles. */
  List<Ended> ended(int most) {
    List<Ended> taken = take(again, most);
    List<Ended> fresh = take(ended, most - taken.size());
    endedCount.addAndGet(-fresh.size());
    takenCount += fresh.size(); // one thread takes
    taken.addAll(fresh);
    return taken;
  }

  List<RunningHold> ahead(int most) {
    return take(ahead, most);
  }

  private static <T> List<T> take(Queue<T> queue, int most) {
    List<T> taken = new ArrayList<>();
    while (taken.size() < most) {
      T next = queue.poll();
      if (next == null) {
        break;
      }
      taken.add(next);
    }
    return taken;
  }
}
