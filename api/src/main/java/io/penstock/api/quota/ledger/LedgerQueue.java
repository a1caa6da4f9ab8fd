package io.penstock.api.quota.ledger;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What waits for the ledger's thread. Bounded by the slots that requests take before they are put
 * in: a request is in one of the queues at most once.
 */
final class LedgerQueue {
  private final Queue<Place> places = new ConcurrentLinkedQueue<>();
  private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
  private final AtomicInteger endedCount = new AtomicInteger();
  private final Queue<RunningHold> ahead = new ConcurrentLinkedQueue<>();

  /** Settlements that failed and come again; the thread's own. */
  private final ArrayDeque<Ended> again = new ArrayDeque<>();

  private volatile Thread waiting;
  private volatile boolean endedWakes;

  void add(Place place) {
    places.add(place);
    wake();
  }

  /** The first wakes the thread; others come in time with what it does then. */
  void add(Ended end) {
    ended.add(end);
    endedCount.incrementAndGet();
    if (endedWakes) {
      wake();
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

  /** A checkpoint of it is due. */
  void add(RunningHold hold) {
    ahead.add(hold);
    wake();
  }

  private void wake() {
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Waits until there is something to do, or for so long: settlements that are there already are
   * due by then. Only for the ledger's thread.
   */
  void await(long nanos) {
    boolean pending = hasEnded();
    endedWakes = !pending;
    waiting = Thread.currentThread();
    if (places.isEmpty() && ahead.isEmpty() && pending == hasEnded()) {
      LockSupport.parkNanos(this, nanos);
    }
    waiting = null;
  }

  /** Waits for an admission or for so long, while nothing else can be done. */
  void awaitPlaces(long nanos) {
    endedWakes = false;
    waiting = Thread.currentThread();
    if (places.isEmpty()) {
      LockSupport.parkNanos(this, nanos);
    }
    waiting = null;
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

  List<Ended> ended(int most) {
    List<Ended> taken = take(again, most);
    List<Ended> fresh = take(ended, most - taken.size());
    endedCount.addAndGet(-fresh.size());
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

  boolean isEmpty() {
    return places.isEmpty() && ended.isEmpty() && again.isEmpty();
  }
}
