package io.penstock.engine.nullmodel;

import io.penstock.engine.runtime.StepRunner;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.StepPlan;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Steps that compute nothing: every choice is the alphabet, over and over, one letter a step. With
 * a rate a step takes the time between two tokens, as that of a device would.
 */
final class NullRunner implements StepRunner {
  private static final int[] NO_IDS = {};
  private static final double[] NO_LOGPROBS = {};
  private static final double CERTAIN = 0; // logarithm of 1

  private final NullModel model;
  private final long stepNanos;
  private final Sampled[] letters;

  private List<SamplingState> launched;
  private long launchedNanos;

  NullRunner(NullModel model) {
    this.model = model;
    this.stepNanos = model.step().toNanos();
    this.letters = new Sampled[NullText.VOCABULARY];
    for (int id = 0; id < letters.length; id++) {
      letters[id] = new Sampled(id, Double.NaN, NO_IDS, NO_LOGPROBS);
    }
  }

  @Override
  public int depth() {
    return 1;
  }

  @Override
  public void launch(StepPlan plan, List<SamplingState> states) {
    launched = states;
    launchedNanos = System.nanoTime();
  }

  @Override
  public Sampled[] await() {
    pause();
    Sampled[] sampled = new Sampled[launched.size()];
    for (int i = 0; i < sampled.length; i++) {
      sampled[i] = next(launched.get(i));
    }
    return sampled;
  }

  private void pause() {
    long left = stepNanos - (System.nanoTime() - launchedNanos);
    while (left > 0) {
      LockSupport.parkNanos(this, left); // whoever puts something into the inbox ends it early
      left = stepNanos - (System.nanoTime() - launchedNanos);
    }
  }

  private Sampled next(SamplingState state) {
    int place = state.generated();
    int least = Math.max(model.outputTokens() - 1, state.params().minTokens());
    int token =
        place >= least && !state.params().ignoreEos() ? NullText.END : NullText.letter(place);
    if (!state.params().logprobs()) {
      return letters[token];
    }
    boolean top = state.params().topLogprobs() > 0; // nothing else is possible
    return new Sampled(
        token,
        CERTAIN,
        top ? new int[] {token} : NO_IDS,
        top ? new double[] {CERTAIN} : NO_LOGPROBS);
  }

  @Override
  public void probe() {
    // nothing can be lost
  }

  @Override
  public void close() {
    launched = null;
  }
}
