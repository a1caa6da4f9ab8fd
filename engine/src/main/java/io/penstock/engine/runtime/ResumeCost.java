package io.penstock.engine.runtime;

import io.penstock.engine.sched.PreemptionCost;
import io.penstock.engine.sched.StepCost;
import io.penstock.engine.sched.StepShape;

/**
 * What computing a preempted sequence again costs, by the learnt cost of steps, against what
 * copying its cache costs, which was measured when the engine was loaded.
 *
 * <p>Copying counts in full, though it runs beside steps; so does computing, but for a step's fixed
 * cost, which others share. For the engine's thread.
 */
final class ResumeCost implements PreemptionCost {
  static final int MEMORY = 64; // steps

  private final StepCost steps;
  private final double nanosPerCopiedBlock;
  private double meanStepNanos;

  /**
   * @param secondsPerCopiedBlock to the host and back
   */
  ResumeCost(StepCost steps, double secondsPerCopiedBlock) {
    this.steps = steps;
    this.nanosPerCopiedBlock = secondsPerCopiedBlock * 1e9;
  }

  /** A step took so long. */
  void stepTook(long nanos) {
    meanStepNanos += (nanos - meanStepNanos) / (meanStepNanos == 0 ? 1 : MEMORY);
  }

  /** Blocks that are copied one way in the time of a step. */
  int blocksBesideAStep() {
    return (int) (2 * meanStepNanos / nanosPerCopiedBlock);
  }

  @Override
  public boolean offloadPays(int tokens, int blocks) {
    return steps.known() && blocks * nanosPerCopiedBlock < nanosToCompute(tokens);
  }

  private double nanosToCompute(int tokens) {
    return steps.nanos(StepShape.prompt(tokens, 0)) - steps.nanos(StepShape.EMPTY);
  }
}
