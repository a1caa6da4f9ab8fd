package io.penstock.engine.sched;

/**
 * What a token counts in a tenant's account: the h of VTC (arXiv 2401.00588) as a sum of prompt and
 * generated tokens.
 *
 * @param prefill of a prompt's token that is computed
 * @param decode of a generated token
 */
public record ServiceWeights(double prefill, double decode) {
  /** As in the paper: about what the two cost on a GPU at a middling batch. */
  public static final ServiceWeights DEFAULT = new ServiceWeights(1, 2);

  /** However cheap or dear decoding seems, it counts between these. */
  static final double LEAST_DECODE = 1;

  static final double MOST_DECODE = 8;

  public ServiceWeights {
    if (!(prefill > 0 && decode > 0)) {
      throw new IllegalArgumentException("weights of tokens must be positive");
    }
  }

  /**
   * Weights by measured cost: a prompt's token counts 1, a generated one its part of the step.
   *
   * @param sequences that generate in a usual step; the step's fixed cost is shared by them
   * @param context tokens of a usual one
   */
  public static ServiceWeights of(StepCost cost, int sequences, int context) {
    double decode =
        cost.nanos(StepShape.decodes(sequences, (long) sequences * context)) / sequences;
    double prefill = cost.nanos(StepShape.prompt(1, context / 2)) - cost.nanos(StepShape.EMPTY);
    double ratio = decode / prefill;
    return new ServiceWeights(
        1, Double.isFinite(ratio) ? Math.clamp(ratio, LEAST_DECODE, MOST_DECODE) : DEFAULT.decode);
  }
}
