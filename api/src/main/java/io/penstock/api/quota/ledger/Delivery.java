package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.AdmissionPort.Ticket;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * Hands one ticket or refusal over to one subscriber. Whoever leaves at that very moment either
 * gets the ticket or has it released: it is never lost in between, as values of {@code Mono.create}
 * may be.
 */
final class Delivery implements Subscription {
  private final CoreSubscriber<? super Ticket> subscriber;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
  private volatile Runnable onCancel;
  private volatile Ticket ticket;

  /** Between request and ticket, whichever comes first. */
  private enum State {
    IDLE,
    REQUESTED,
    READY,
    OVER
  }

  Delivery(CoreSubscriber<? super Ticket> subscriber) {
    this.subscriber = subscriber;
  }

  /** To be called before the subscriber knows of us. */
  void onCancel(Runnable action) {
    onCancel = action;
  }

  void deliver(Ticket admitted) {
    ticket = admitted;
    if (state.compareAndSet(State.IDLE, State.READY)) {
      return; // handed over with the request
    }
    if (state.compareAndSet(State.REQUESTED, State.OVER)) {
      emit();
    } else {
      admitted.release();
    }
  }

  void refuse(Throwable error) {
    if (state.getAndSet(State.OVER) != State.OVER) {
      subscriber.onError(error);
    }
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n)
        && !state.compareAndSet(State.IDLE, State.REQUESTED)
        && state.compareAndSet(State.READY, State.OVER)) {
      emit();
    }
  }

  private void emit() {
    subscriber.onNext(ticket);
    subscriber.onComplete();
  }

  @Override
  public void cancel() {
    State before = state.getAndSet(State.OVER);
    if (before == State.READY) {
      ticket.release();
    } else if (before != State.OVER) {
      onCancel.run();
    }
  }
}
