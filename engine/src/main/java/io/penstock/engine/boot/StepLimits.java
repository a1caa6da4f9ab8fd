package io.penstock.engine.boot;

/**
 * How large a step may become.
 *
 * @param maxNumSeqs most sequences
 * @param maxNumBatchedTokens most tokens
 * @param maxPrefillTokensWhileDecoding most prompt tokens of a step in which a sequence gets its
 *     next token, so that streams go on smoothly while prompts arrive; 0 for no bound but the above
 */
record StepLimits(int maxNumSeqs, int maxNumBatchedTokens, int maxPrefillTokensWhileDecoding) {
  /** A processor gains little from more. */
  static final StepLimits CPU = new StepLimits(32, 512, 0);

  /**
   * Enough to fill a large GPU: 256 decoding sequences, or 2,048 prompt tokens. Among decoding
   * sequences 896 of them, which with 224 others make a step of about 30 ms of an 8B model on an
   * H100.
   */
  static final StepLimits CUDA = new StepLimits(256, 2048, 896);

  /**
   * The options' limits, these standing in for those left open. Who sets the tokens of a step
   * himself sets them for prompts among decoding sequences too.
   */
  StepLimits with(EngineOptions options) {
    int seqs = options.maxNumSeqs();
    int tokens = options.maxNumBatchedTokens();
    return new StepLimits(
        seqs > 0 ? seqs : tokens > 0 ? Math.min(maxNumSeqs, tokens) : maxNumSeqs,
        tokens > 0 ? tokens : Math.max(maxNumBatchedTokens, seqs),
        tokens > 0 ? 0 : maxPrefillTokensWhileDecoding);
  }
}
