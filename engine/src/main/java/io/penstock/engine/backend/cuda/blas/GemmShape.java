package io.penstock.engine.backend.cuda.blas;

/**
 * What an algorithm is chosen for: out (tokens, rows) = x (tokens, k) times w (rows, k) transposed.
 *
 * @param rows outputs of one token
 * @param bias whether a vector of {@code rows} values, of the outputs' type, is added to each token
 */
record GemmShape(int rows, int k, int tokens, GemmType type, boolean bias) {

  GemmShape {
    if (rows < 1 || k < 1 || tokens < 1) {
      throw new IllegalArgumentException(
          "no product of (%d, %d) and (%d, %d)".formatted(tokens, k, k, rows));
    }
  }

  /** One word, for a file of choices. */
  String key() {
    return "%s%s.%dx%d.n%d".formatted(type, bias ? "+bias" : "", rows, k, tokens);
  }

  GemmShape withTokens(int count) {
    return new GemmShape(rows, k, count, type, bias);
  }
}
