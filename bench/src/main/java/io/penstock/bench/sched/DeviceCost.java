package io.penstock.bench.sched;

import io.penstock.engine.sched.StepShape;

/**
 * What a step takes on a device, in nanoseconds. The scheduler does not see this: it learns a sum
 * without the cliff from what steps take.
 *
 * @param fixed of any step
 * @param promptToken of each token of a prompt
 * @param promptPair of each pair that attention of prompts looks at
 * @param decode of each sequence that computes one token
 * @param contextToken of each token that those look at
 * @param cliff tokens of a step beyond which it takes {@code beyond} longer
 * @param noise standard deviation of a step's time, relative
 */
record DeviceCost(
    double fixed,
    double promptToken,
    double promptPair,
    double decode,
    double contextToken,
    int cliff,
    double beyond,
    double noise) {

  double nanos(StepShape shape) {
    return fixed
        + promptToken * shape.promptTokens()
        + promptPair * shape.promptPairs()
        + decode * shape.decodes()
        + contextToken * shape.decodeContext()
        + (shape.promptTokens() + shape.decodes() > cliff ? beyond : 0);
  }

  DeviceCost withNoise(double other) {
    return new DeviceCost(
        fixed, promptToken, promptPair, decode, contextToken, cliff, beyond, other);
  }

  @Override
  public String toString() {
    return "%.2f ms + %.1f us P + %.2f ns A + %.1f us D + %.0f ns X, %.1f ms more beyond %,d tokens; noise %.1f %%"
        .formatted(
            fixed / 1e6,
            promptToken / 1e3,
            promptPair,
            decode / 1e3,
            contextToken,
            beyond / 1e6,
            cliff,
            100 * noise);
  }
}
