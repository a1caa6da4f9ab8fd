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
 * @param causal whether a query sees nothing behind itself; if not, it sees all of its sequence,
 *     which must be computed in one step
 */
public record AttentionSpec(
    int numHeads, int numKvHeads, int headDim, int slidingWindow, float scale, boolean causal) {

  /** A decoder's. */
  public AttentionSpec(int numHeads, int numKvHeads, int headDim, int slidingWindow, float scale) {
    this(numHeads, numKvHeads, headDim, slidingWindow, scale, true);
  }

  /** An encoder's, with as many key/value heads as query heads. */
  public static AttentionSpec bidirectional(int numHeads, int headDim) {
    return new AttentionSpec(
        numHeads, numHeads, headDim, 0, (float) (1 / Math.sqrt(headDim)), false);
  }
}
