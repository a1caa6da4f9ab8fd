package io.penstock.engine.boot;

import io.penstock.engine.nullmodel.NullEngine;
import io.penstock.engine.sched.SchedulerConfig;

/**
 * How large a step may become.
 *
 * @param maxNumSeqs most sequences
 * @param maxNumBatchedTokens most tokens, usually
 * @param maxUrgentBatchedTokens most tokens when prompts that go before others come together; what
 *     a device must have room for
 * @param maxInterposedTokens most tokens of a step that is computed amid another; 0 for no such
 *     steps
 */
record StepLimits(
    int maxNumSeqs, int maxNumBatchedTokens, int maxUrgentBatchedTokens, int maxInterposedTokens) {
  /** No steps amid others. */
  StepLimits(int maxNumSeqs, int maxNumBatchedTokens, int maxUrgentBatchedTokens) {
    this(maxNumSeqs, maxNumBatchedTokens, maxUrgentBatchedTokens, 0);
  }

  /** A processor gains little from more, and takes long for what it has. */
  static final StepLimits CPU = new StepLimits(32, 512, 512);

  /**
   * Enough to fill a large GPU: matrix products of 1,024 tokens are as efficient as larger ones,
   * and a step of them takes an 8B model less than 30 ms on an H100, so that streams go on smoothly
   * while prompts arrive.
   */
  static final StepLimits CUDA = new StepLimits(256, 1024, 2048, 1024);

  /** Steps of a model that computes nothing. */
  static final StepLimits NULL =
      new StepLimits(
          NullEngine.MAX_NUM_SEQS,
          NullEngine.MAX_NUM_BATCHED_TOKENS,
          NullEngine.MAX_NUM_BATCHED_TOKENS);

  /** The options' limits, these standing in for those left open. */
  StepLimits with(EngineOptions options) {
    int askedSeqs = options.maxNumSeqs();
    int askedTokens = options.maxNumBatchedTokens();
    int tokens = askedTokens > 0 ? askedTokens : Math.max(maxNumBatchedTokens, askedSeqs);
    int seqs =
        askedSeqs > 0
            ? askedSeqs
            : askedTokens > 0 ? Math.min(maxNumSeqs, askedTokens) : maxNumSeqs;
    SchedulingOptions scheduling = options.scheduling();
    return new StepLimits(
        seqs,
        tokens,
        tokens + extra(tokens, scheduling),
        scheduling.interposes() ? Math.min(tokens, maxInterposedTokens) : 0);
  }

  /** Of steps amid others. */
  StepLimits interposed() {
    return new StepLimits(
        Math.min(maxInterposedTokens, SchedulerConfig.MAX_INTERPOSED_SEQS),
        maxInterposedTokens,
        maxInterposedTokens);
  }

  private int extra(int tokens, SchedulingOptions scheduling) {
    return scheduling.hurries()
        ? Math.min(tokens, maxUrgentBatchedTokens - maxNumBatchedTokens)
        : 0;
  }
}
