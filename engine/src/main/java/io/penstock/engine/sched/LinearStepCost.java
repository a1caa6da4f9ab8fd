package io.penstock.engine.sched;

/**
 * A step's time as a sum, in nanoseconds.
 *
 * @param fixed of any step: reading the weights, launches
 * @param promptToken of each token of a prompt
 * @param promptPair of each pair that attention of prompts looks at
 * @param decode of each sequence that computes one token
 * @param contextToken of each token that those look at
 */
public record LinearStepCost(
    double fixed, double promptToken, double promptPair, double decode, double contextToken)
    implements StepCost {

  @Override
  public boolean known() {
    return true;
  }

  @Override
  public double nanos(StepShape shape) {
    return fixed
        + promptToken * shape.promptTokens()
        + promptPair * shape.promptPairs()
        + decode * shape.decodes()
        + contextToken * shape.decodeContext();
  }

  /** Solves {@code (token + pair * before) * k + pair * k * k / 2 = nanos} for k. */
  @Override
  public int promptTokensWithin(double nanos, int before) {
    if (nanos <= 0) {
      return 0;
    }
    double first = promptToken + promptPair * before;
    double tokens = // the numerically stable root, right for promptPair = 0 too
        2 * nanos / (first + Math.sqrt(first * first + 2 * promptPair * nanos));
    return tokens >= Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) tokens;
  }

  @Override
  public void measured(StepShape shape, long nanos) {}
}
