package io.penstock.engine.runtime;

import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.sched.ScheduledSequence;

/** One input of a request on its way: collects its hidden states, step by step. */
final class EmbeddedInput extends Work {
  private static final End DONE = new End(null, null, null);

  private final EmbedRequest request;
  private final float[] state;
  private PooledStates pooled; // only while it is computed: many inputs may wait
  private float[] vector;

  /**
   * @param state scratch for a hidden state, which all inputs share
   */
  EmbeddedInput(ActiveRequest owner, int index, EmbedRequest request, float[] state) {
    super(owner, index);
    this.request = request;
    this.state = state;
  }

  @Override
  int promptTokens() {
    return request.inputs().get(index).length;
  }

  @Override
  int generated() {
    return 0;
  }

  @Override
  void began(int cachedTokens, StepMeter meter) {
    // nothing of it could have been cached
  }

  @Override
  End accept(ScheduledSequence scheduled, int firstRow, StepRunner runner) {
    if (scheduled.firstPosition() == 0) {
      pooled = new PooledStates(request.params(), state.length); // perhaps once more
    }
    for (int i = 0; i < scheduled.states(); i++) {
      runner.readState(firstRow + i, state);
      pooled.add(state);
    }
    if (!scheduled.completesInput()) {
      return null;
    }
    vector = pooled.vector();
    return vector != null ? DONE : End.error("The model's hidden states are not finite numbers.");
  }

  @Override
  void finish(End end, long nowNanos) {
    if (end == DONE) {
      owner.emit(new GenerateEvent.Embedded(index, vector, stats(NEVER, nowNanos)));
    } else {
      owner.emit(
          new GenerateEvent.Finished(
              index, end.reason(), "", null, end.error(), stats(NEVER, nowNanos)));
    }
  }
}
