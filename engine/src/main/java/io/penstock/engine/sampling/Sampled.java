package io.penstock.engine.sampling;

/**
 * A sampled token.
 *
 * @param token id, or {@link #NONE} when the logits are not finite
 * @param logprob natural logarithm of its probability by the raw logits; NaN when not asked for
 * @param topIds best tokens by the raw logits, best first; empty when not asked for
 * @param topLogprobs their log-probabilities
 */
public record Sampled(int token, double logprob, int[] topIds, double[] topLogprobs) {
  public static final int NONE = -1;

  private static final int[] NO_IDS = {};
  private static final double[] NO_LOGPROBS = {};

  /** A token that nothing was sampled for. */
  public static Sampled certain(int token) {
    return of(token);
  }

  static Sampled of(int token) {
    return new Sampled(token, Double.NaN, NO_IDS, NO_LOGPROBS);
  }
}
