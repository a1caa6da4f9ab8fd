package io.penstock.engine.backend.cuda;

/** What a model does with the product of a matrix; decides which kernels may compute it. */
enum MatrixUse {
  /** Queries, keys and values: stored as they are. */
  PLAIN,
  /** The end of a sub-layer: added to the residual stream. */
  ADD,
  /** Gate and up: combined to half as many values. */
  GATED,
  /** The head: float32 logits. */
  LOGITS;

  /**
   * @param parts matrices that were stacked into one
   * @param isVocabulary whether its outputs are the vocabulary and its inputs the hidden state
   */
  static MatrixUse of(int parts, boolean isVocabulary) {
    return switch (parts) {
      case 1 -> isVocabulary ? LOGITS : ADD;
      case 2 -> GATED;
      default -> PLAIN;
    };
  }
}
