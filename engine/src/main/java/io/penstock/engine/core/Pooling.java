package io.penstock.engine.core;

/** Which of a text's final hidden states make its embedding; names as in sentence-transformers. */
public enum Pooling {
  /** The mean over all tokens. */
  MEAN,
  /** The first token's, {@code [CLS]} in BERT. */
  CLS,
  /** The last token's, as decoders are trained for. */
  LAST;

  /**
   * Tokens of a part of a text whose hidden states are wanted.
   *
   * @param from place of the part's first token in the text
   * @param count tokens of the part
   * @param length tokens of the text
   * @return how many, at the end of the part for {@link #LAST}, else at its beginning
   */
  public int states(int from, int count, int length) {
    return switch (this) {
      case MEAN -> count;
      case CLS -> from == 0 ? 1 : 0;
      case LAST -> from + count == length ? 1 : 0;
    };
  }
}
