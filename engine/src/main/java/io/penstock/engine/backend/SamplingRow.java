package io.penstock.engine.backend;

/**
 * How one row of logits becomes a token: plain values, so that a device can take them as they are.
 * Bias is added first, then tokens are suppressed, then penalties apply, then the mask.
 *
 * <p>Immutable by agreement: the arrays are not written after construction.
 *
 * @param temperature 0 for the best token
 * @param topK best tokens that remain, 0 for all
 * @param topP probability that remains, 1 for all
 * @param minP share of the best token's probability below which a token falls out
 * @param repetitionPenalty divides or multiplies logits of tokens seen, 1 for none
 * @param presencePenalty subtracted once from tokens generated
 * @param frequencyPenalty subtracted for each time that a token was generated
 * @param seed of the request
 * @param choice of the request
 * @param position tokens generated before this one, those not yet known to the host included
 * @param logprobs whether log-probabilities are wanted
 * @param topLogprobs how many of the best tokens are wanted with theirs
 * @param biasIds tokens whose logits are changed
 * @param biases what is added to them
 * @param suppressedIds tokens that cannot be sampled
 * @param countIds tokens seen that penalties cover
 * @param counts how often each was generated, 0 for those of the prompt
 * @param addInput whether the token that this row was computed from counts as generated once more,
 *     because the host did not know it yet
 * @param allowed null, or a bit for each token of the vocabulary, 32 a word, lowest first: tokens
 *     whose bit is not set cannot be sampled
 */
public record SamplingRow(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    long seed,
    int choice,
    int position,
    boolean logprobs,
    int topLogprobs,
    int[] biasIds,
    float[] biases,
    int[] suppressedIds,
    int[] countIds,
    int[] counts,
    boolean addInput,
    int[] allowed) {

  public boolean isGreedy() {
    return temperature == 0;
  }

  public boolean hasPenalties() {
    return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
  }

  /** Whether logits are changed before a token is chosen. */
  public boolean adjusts() {
    return biasIds.length > 0 || suppressedIds.length > 0 || hasPenalties() || allowed != null;
  }
}
