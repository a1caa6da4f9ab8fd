package io.penstock.engine.sched;

/**
 * What it costs to resume a preempted sequence, by measured figures. Asked once for each
 * preemption; the scheduler's plans are as deterministic as its answers.
 */
@FunctionalInterface
public interface PreemptionCost {

  /**
   * Whether copying a sequence's cache to the host and back is cheaper than computing it again.
   *
   * @param tokens that are computed
   * @param blocks that hold them
   */
  boolean offloadPays(int tokens, int blocks);
}
