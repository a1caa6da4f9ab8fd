package io.penstock.engine.backend;

/**
 * How one row of logits becomes a token: plain values, so that a device can take them as they are.
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
    boolean addInput) {}
