package io.penstock.engine.sched;

/** What tokens count just now: the policy's weights, or measured ones once the cost is known. */
final class ServiceMeter {
  private static final int STEPS_BETWEEN = 256;

  private final SchedulingPolicy policy;
  private final StepCost cost;
  private final int busyBatch;
  private ServiceWeights weights;
  private long steps;

  /** Accounts matter when the machine is busy, so tokens count what they cost in a large batch. */
  ServiceMeter(SchedulerConfig config, StepCost cost) {
    this.policy = config.policy();
    this.busyBatch = Math.max(1, config.maxNumSeqs() / 2);
    this.cost = cost;
    this.weights = policy.weights();
  }

  /** Weighted tokens of a sequence's next {@code tokens}. */
  double of(Sequence sequence, int tokens) {
    return sequence.service(tokens, weights);
  }

  ServiceWeights weights() {
    return weights;
  }

  /** The largest that they may ever be. */
  static ServiceWeights largest(SchedulingPolicy policy) {
    return policy.measuredWeights()
        ? new ServiceWeights(
            policy.weights().prefill(),
            Math.max(policy.weights().decode(), ServiceWeights.MOST_DECODE))
        : policy.weights();
  }

  /** A step of so many decodes was measured. */
  void measured(int decodes, long decodeContext) {
    if (policy.measuredWeights() && cost.known() && decodes > 0 && steps++ % STEPS_BETWEEN == 0) {
      weights =
          ServiceWeights.of(cost, Math.max(decodes, busyBatch), (int) (decodeContext / decodes));
    }
  }
}
