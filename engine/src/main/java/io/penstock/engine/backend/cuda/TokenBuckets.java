package io.penstock.engine.backend.cuda;

import java.util.stream.IntStream;

/**
 * The token counts for which matrix products are prepared. Any other count is computed as the next
 * larger of them, on rows whose content does not matter: a product's tiles are at least as large as
 * the steps here, so the rounding is free, and the number of algorithms to choose stays small.
 */
final class TokenBuckets {
  private TokenBuckets() {}

  /**
   * At least {@code tokens}, and less than a tile more. Between 1,024 and 2,048 only what is
   * measured: 1,080 tokens as 1,088, with the algorithm for 1,152, took a tenth longer than as
   * 1,152.
   */
  static int of(int tokens) {
    if (tokens <= 2) {
      return tokens;
    }
    int step =
        tokens <= 4
            ? 4
            : tokens <= 64
                ? 8
                : tokens <= 256 ? 16 : tokens <= 1024 ? 32 : tokens <= 2048 ? 128 : 64;
    return Math.ceilDiv(tokens, step) * step;
  }

  /** All buckets that batches of up to {@code tokens} use, ascending. */
  static int[] upTo(int tokens) {
    return IntStream.rangeClosed(1, tokens).map(TokenBuckets::of).distinct().toArray();
  }
}
