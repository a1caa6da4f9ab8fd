package io.penstock.engine.boot;

import io.penstock.engine.nullmodel.NullEngine;

/**
 * How large a step may become.
 *
 * @param maxNumSeqs most sequences
 * @param maxNumBatchedTokens most tokens
 */
record StepLimits(int maxNumSeqs, int maxNumBatchedTokens) {
  /** A processor gains little from more. */
  static final StepLimits CPU = new StepLimits(32, 512);

  /**
   * Enough to fill a large GPU: matrix products of 1,024 tokens are as efficient as larger ones,
   * and a step of them takes an 8B model less than 30 ms on an H100, so that streams go on smoothly
   * while prompts arrive.
   */
  static final StepLimits CUDA = new StepLimits(256, 1024);

  /** Steps of a model that computes nothing. */
  static final StepLimits NULL =
      new StepLimits(NullEngine.MAX_NUM_SEQS, NullEngine.MAX_NUM_BATCHED_TOKENS);

  /** The options' limits, these standing in for those left open. */
  StepLimits with(EngineOptions options) {
    int seqs = options.maxNumSeqs();
    int tokens = options.maxNumBatchedTokens();
    return new StepLimits(
        seqs > 0 ? seqs : tokens > 0 ? Math.min(maxNumSeqs, tokens) : maxNumSeqs,
        tokens > 0 ? tokens : Math.max(maxNumBatchedTokens, seqs));
  }
}
