package io.penstock.engine.runtime;

import io.penstock.engine.sched.PreemptionCost;
import io.penstock.engine.sched.StepPlan;

/**
 * What computing a token of a prompt, or of a preempted sequence, costs, learnt from the time that
 * steps took; against what copying costs, which was measured when the engine was loaded.
 *
 * <p>Steps of single tokens tell what such a token costs. What a step with longer parts takes above
 * that, for its single tokens, is those parts' cost; but at least half of the share that they have
 * in its tokens, because single tokens cost less each in a large step than in the small ones that
 * may have been seen. Both are averages over the last {@value #WINDOW} or so steps of their kind,
 * by tokens.
 *
 * <p>For the engine's thread.
 */
final class StepCosts implements PreemptionCost {
  static final int WINDOW = 64;

  private final double secondsPerCopiedBlock;
  private final Average single = new Average();
  private final Average parallel = new Average();

  /** Seconds by tokens; older ones weigh less. */
  private static final class Average {
    private double seconds;
    private double tokens;

    void add(double seconds, int tokens) {
      double keep = 1 - 1.0 / WINDOW;
      this.seconds = keep * this.seconds + seconds;
      this.tokens = keep * this.tokens + tokens;
    }

    double secondsPerToken() {
      return tokens == 0 ? 0 : seconds / tokens;
    }
  }

  /**
   * @param secondsPerCopiedBlock to the host and back
   */
  StepCosts(double secondsPerCopiedBlock) {
    this.secondsPerCopiedBlock = secondsPerCopiedBlock;
  }

  /** A step took so long. One that waited for copies tells nothing of tokens. */
  void learn(StepPlan plan, double seconds) {
    if (plan.isEmpty() || plan.copies()) {
      return;
    }
    int tokens = plan.numTokens();
    int singles = (int) plan.sequences().stream().filter(s -> s.tokenIds().length == 1).count();
    int others = tokens - singles;
    if (others == 0) {
      single.add(seconds, singles);
    } else {
      double atLeast = seconds * others / tokens / 2;
      parallel.add(Math.max(atLeast, seconds - singles * single.secondsPerToken()), others);
    }
  }

  /** Of a token that is computed along with others of its sequence; 0 before any was. */
  double secondsPerToken() {
    return parallel.secondsPerToken();
  }

  @Override
  public boolean offloadPays(int tokens, int blocks) {
    return blocks * secondsPerCopiedBlock < tokens * secondsPerToken();
  }
}
