package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.RequestInfo;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A request that waits for admission. It is answered exactly once, unless it is withdrawn first.
 */
final class Place {
  private final RequestInfo request;
  private final Consumer<Answer> receiver;
  private final long sinceNanos = System.nanoTime();
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

  /** What has become of it. */
  private enum State {
    WAITING,
    ANSWERED,
    WITHDRAWN
  }

  /** What admission answers. */
  sealed interface Answer {}

  /** It may run. */
  record Admitted(RunningHold hold) implements Answer {}

  /** It may not. */
  record Refused(RuntimeException error) implements Answer {}

  Place(RequestInfo request, Consumer<Answer> receiver) {
    this.request = request;
    this.receiver = receiver;
  }

  /** What was admitted of these. */
  static List<RunningHold> admitted(List<Answer> answers) {
    return answers.stream()
        .filter(Admitted.class::isInstance)
        .map(answer -> ((Admitted) answer).hold())
        .toList();
  }

  RequestInfo request() {
    return request;
  }

  /** Since when it waits, by the monotonic clock. */
  long sinceNanos() {
    return sinceNanos;
  }

  boolean waiting() {
    return state.get() == State.WAITING;
  }

  /** The client has gone: it is not to be answered. */
  void withdraw() {
    state.compareAndSet(State.WAITING, State.WITHDRAWN);
  }

  /** False when it was withdrawn; what was admitted must be released then. */
  boolean answer(Answer answer) {
    if (!state.compareAndSet(State.WAITING, State.ANSWERED)) {
      return false;
    }
    receiver.accept(answer);
    return true;
  }
}
