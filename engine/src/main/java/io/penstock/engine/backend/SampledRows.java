package io.penstock.engine.backend;

/**
 * What a device sampled in one step.
 *
 * @param tokens (rows) ids, or -1 where the logits were not finite
 * @param logprobs (rows) natural logarithms; NaN where not asked for
 * @param topIds (rows)(0 to 20) best tokens by the raw logits, best first
 * @param topLogprobs (rows)(0 to 20) theirs
 */
public record SampledRows(
    int[] tokens, double[] logprobs, int[][] topIds, double[][] topLogprobs) {}
