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
  private final Average steps = new Average(); // by steps

  /** Seconds by what took them; older ones weigh less. */
  private static final class Average {
    private double seconds;
    private double count;

    void add(double seconds, int count) {
      double keep = 1 - 1.0 / WINDOW;
      this.seconds = keep * this.seconds + seconds;
      this.count = keep * this.count + count;
    }

    double secondsEach() {
      return count == 0 ? 0 : seconds / count;
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
    steps.add(seconds, 1);
    int tokens = plan.numTokens();
    int singles = (int) plan.sequences().stream().filter(s -> s.tokenIds().length == 1).count();
    int others = tokens - singles;
    if (others == 0) {
      single.add(seconds, singles);
    } else {
      double atLeast = seconds * others / tokens / 2;
      parallel.add(Math.max(atLeast, seconds - singles * single.secondsEach()), others);
    }
  }

  /** Of a token that is computed along with others of its sequence; 0 before any was. */
  double secondsPerToken() {
    return parallel.secondsEach();
  }

  /** Blocks that are copied one way in the time of a step. */
  int blocksBesideAStep() {
    return (int) (2 * steps.secondsEach() / secondsPerCopiedBlock);
  }

  @Override
  public boolean offloadPays(int tokens, int blocks) {
    return blocks * secondsPerCopiedBlock < tokens * secondsPerToken();
  }
}
