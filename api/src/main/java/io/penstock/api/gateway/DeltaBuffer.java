package io.penstock.api.gateway;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Carries deltas from the engine's thread to one subscriber.
 *
 * <p>The engine must never wait for a client, so {@link #add} only merges into the choice's pending
 * delta and, when no delivery is under way, has one carried out by the connection's executor. A
 * client that reads slowly gets fewer and larger deltas. What is pending is bounded by what the
 * request may generate; there is at most one pending delta for each choice.
 */
final class DeltaBuffer extends Flux<ChoiceDelta> implements Subscription {
  private final Runnable onCancel;
  private final Executor deliveries;

  // All below is guarded by this.
  private final Map<Integer, Pending> pending = new LinkedHashMap<>();
  private CoreSubscriber<? super ChoiceDelta> subscriber;
  private long requested;
  private boolean delivering;
  private boolean ended;
  private Throwable failure;
  private boolean closed;

  /**
   * @param deliveries does one thing after the other
   */
  DeltaBuffer(Executor deliveries, Runnable onCancel) {
    this.deliveries = deliveries;
    this.onCancel = onCancel;
  }

  /** Adds to a choice; {@code token} and {@code ending} may be null. */
  synchronized void add(int choice, SampledToken token, String text, ChoiceDelta.Ending ending) {
    if (closed || ended) {
      return;
    }
    Pending delta = pending.computeIfAbsent(choice, Pending::new);
    if (token != null) {
      delta.tokens.add(token);
    }
    delta.text.append(text);
    delta.ending = ending;
    schedule();
  }

  /** No more deltas; {@code error} is null for a good end. Deltas added before are delivered. */
  synchronized void end(Throwable error) {
    if (!ended) {
      ended = true;
      failure = error;
      schedule();
    }
  }

  @Override
  public void subscribe(CoreSubscriber<? super ChoiceDelta> actual) {
    synchronized (this) {
      if (subscriber != null || closed) {
        Operators.error(actual, new IllegalStateException("a generation has one subscriber"));
        return;
      }
      subscriber = actual;
    }
    actual.onSubscribe(this);
    synchronized (this) {
      schedule();
    }
  }

  @Override
  public synchronized void request(long n) {
    if (Operators.validate(n)) {
      requested = Operators.addCap(requested, n);
      schedule();
    }
  }

  @Override
  public void cancel() {
    boolean running;
    synchronized (this) {
      running = !ended && !closed;
      close();
    }
    if (running) {
      onCancel.run();
    }
  }

  private void schedule() {
    if (!delivering && !closed && subscriber != null && deliverable()) {
      delivering = true;
      try {
        deliveries.execute(this::deliver);
      } catch (RejectedExecutionException _) {
        close(); // the connection's loop has ended, and the connection with it
      }
    }
  }

  private boolean deliverable() {
    return pending.isEmpty() ? ended : requested > 0;
  }

  private void deliver() {
    while (true) {
      ChoiceDelta next = null;
      Throwable error;
      synchronized (this) {
        if (closed || !deliverable()) {
          delivering = false;
          return;
        }
        error = failure;
        if (pending.isEmpty()) {
          close();
        } else {
          next = pending.remove(pending.keySet().iterator().next()).toDelta();
          if (requested != Long.MAX_VALUE) {
            requested--;
          }
        }
      }
      if (next != null) {
        subscriber.onNext(next);
      } else if (error != null) {
        subscriber.onError(error);
        return;
      } else {
        subscriber.onComplete();
        return;
      }
    }
  }

  private void close() {
    closed = true;
    pending.clear();
  }

  private static final class Pending {
    private final int choice;
    private final List<SampledToken> tokens = new ArrayList<>(2);
    private final StringBuilder text = new StringBuilder();
    private ChoiceDelta.Ending ending;

    Pending(int choice) {
      this.choice = choice;
    }

    ChoiceDelta toDelta() {
      return new ChoiceDelta(choice, List.copyOf(tokens), text.toString(), ending);
    }
  }
}
