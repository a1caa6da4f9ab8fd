package io.penstock.engine.backend;

/**
 * Shape of one attention layer.
 *
 * @param numHeads query heads; query head h reads key/value head {@code h / (numHeads /
 *     numKvHeads)}
 * @param numKvHeads key/value heads
 * @param headDim size of a head
 * @param slidingWindow tokens that a query sees including itself, 0 for all before it
 * @param scale multiplies the scores, usually {@code 1 / sqrt(headDim)}
 */
public record AttentionSpec(
    int numHeads, int numKvHeads, int headDim, int slidingWindow, float scale) {}
