package io.penstock.engine.sched;

import java.util.List;
import java.util.function.LongFunction;

/**
 * Splits the time of a step over the sequences that it computed for, in proportion to what each
 * part costs by the model: what a token of a prompt or a generated one costs alone, the step's
 * fixed cost spread over all of it. The parts add up to the measured time. As long as the model
 * knows nothing, tokens share evenly.
 *
 * <p>Blocks count for the time of the steps in which their sequence takes part; a block that
 * several share counts for each of them.
 */
final class StepMetering {
  private final StepCost cost;
  private double[] parts = new double[64];
  private double unclaimedNanos;

  StepMetering(StepCost cost) {
    this.cost = cost;
  }

  /**
   * @param sequences by id; null for one that has ended: its part is nobody's
   */
  void split(StepPlan plan, long nanos, LongFunction<Sequence> sequences) {
    List<ScheduledSequence> scheduled = plan.sequences();
    if (parts.length < scheduled.size()) {
      parts = new double[2 * scheduled.size()];
    }
    double fixed = cost.known() ? cost.nanos(StepShape.EMPTY) : 0;
    double sum = 0;
    for (int i = 0; i < scheduled.size(); i++) {
      ScheduledSequence part = scheduled.get(i);
      double alone = cost.known() ? cost.nanos(StepShape.of(part)) - fixed : 0;
      parts[i] = alone > 0 ? alone : part.tokenIds().length * 1e-3;
      sum += parts[i];
    }
    for (int i = 0; i < scheduled.size(); i++) {
      Sequence sequence = sequences.apply(scheduled.get(i).sequence());
      double share = nanos * parts[i] / sum;
      if (sequence == null) {
        unclaimedNanos += share;
      } else {
        sequence.computeNanos += share;
        sequence.blockNanos += (double) nanos * scheduled.get(i).blockTable().length;
      }
    }
  }

  /** Time spent on tokens of sequences that had ended when their step had. */
  double unclaimedNanos() {
    return unclaimedNanos;
  }
}
