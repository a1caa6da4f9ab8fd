package io.penstock.engine.core;

/**
 * How hidden states become the vector that a client gets: pooled, cut to its first {@code
 * dimensions} (Matryoshka representation learning, arXiv 2205.13147), then divided by its length.
 *
 * @param dimensions components of the result; at most the model's width
 * @param normalize whether the result has the Euclidean length 1
 */
public record EmbeddingParams(Pooling pooling, int dimensions, boolean normalize) {
  public EmbeddingParams {
    if (dimensions < 1) {
      throw new InvalidParameterException("dimensions", "dimensions must be at least 1.");
    }
  }
}
