package io.penstock.engine.runtime;

import io.penstock.engine.client.GenerateEvent.Rejected.Cause;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The door between all other threads and the engine's thread. Bounded: a request beyond the
 * capacity is refused at once.
 *
 * <p>A request is known here from {@link #offer} to {@link #forget}. Closing sets the outage first
 * and empties the queue afterwards, and {@code offer} looks at the outage again after it has put
 * its request in; so whatever the interleaving, either the offering thread or the engine's thread
 * takes it out and answers it.
 */
final class Inbox {
  private final Queue<ActiveRequest> arrived;
  private final ConcurrentMap<String, ActiveRequest> known = new ConcurrentHashMap<>();
  private volatile boolean cancellations;
  private volatile boolean closing;
  private volatile String outage;
  private volatile Thread owner;

  Inbox(int capacity) {
    arrived = new ArrayBlockingQueue<>(capacity);
  }

  // ---- any thread

  /** Why a request was not taken. */
  record Refusal(Cause cause, String message) {}

  /**
   * Hands a request to the engine's thread.
   *
   * @return why it cannot be, or null
   */
  Refusal offer(ActiveRequest request) {
    String id = request.request.id();
    if (outage != null) {
      return new Refusal(Cause.UNAVAILABLE, outage);
    }
    if (known.putIfAbsent(id, request) != null) {
      return new Refusal(Cause.UNAVAILABLE, "A request with id " + id + " is running already.");
    }
    if (!arrived.offer(request)) {
      forget(request);
      return new Refusal(Cause.QUEUE_FULL, "The engine's inbox is full; try again later.");
    }
    if (outage != null && arrived.remove(request)) {
      forget(request);
      return new Refusal(Cause.UNAVAILABLE, outage);
    }
    LockSupport.unpark(owner);
    return null;
  }

  void cancel(String id) {
    ActiveRequest request = known.get(id);
    if (request != null) {
      request.cancelled = true;
      cancellations = true;
      LockSupport.unpark(owner);
    }
  }

  /** Asks the engine's thread to end. */
  void requestClose() {
    closing = true;
    LockSupport.unpark(owner);
  }

  /** Why no request is taken, or null. */
  String outage() {
    return outage;
  }

  int size() {
    return arrived.size();
  }

  // ---- the engine's thread

  /** To be called before the thread starts. */
  void ownedBy(Thread thread) {
    owner = thread;
  }

  boolean isClosing() {
    return closing;
  }

  boolean isIdle() {
    return arrived.isEmpty() && !cancellations && !closing;
  }

  /** The next request that arrived, or null. */
  ActiveRequest poll() {
    return arrived.poll();
  }

  /** Admitted requests whose cancellation was asked for since the last call. */
  List<ActiveRequest> takeCancelled() {
    if (!cancellations) {
      return List.of();
    }
    cancellations = false; // before looking: a later one sets it again
    return known.values().stream().filter(r -> r.cancelled && !r.open.isEmpty()).toList();
  }

  void forget(ActiveRequest request) {
    known.remove(request.request.id(), request);
  }

  void close(String reason) {
    outage = reason;
  }
}
