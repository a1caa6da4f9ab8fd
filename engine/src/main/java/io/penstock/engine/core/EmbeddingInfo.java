package io.penstock.engine.core;

/**
 * How a model embeds.
 *
 * @param dimensions components of a whole vector
 * @param pooling what it was trained for
 * @param normalize whether its vectors have the length 1 unless a request says otherwise
 */
public record EmbeddingInfo(int dimensions, Pooling pooling, boolean normalize) {}
