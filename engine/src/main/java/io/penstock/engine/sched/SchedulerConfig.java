package io.penstock.engine.sched;

/**
 * Bounds of the scheduler.
 *
 * @param maxNumSeqs most sequences in one step
 * @param maxNumBatchedTokens most tokens in one step; at least {@code maxNumSeqs}, so that every
 *     running sequence gets its next token in every step
 * @param maxUrgentBatchedTokens most tokens in one step that completes urgent prompts ({@link
 *     ExpressStep}); at least {@code maxNumBatchedTokens}. So prompts that come together are
 *     computed together, where the usual bound would leave the end of one to another step
 * @param maxInterposedTokens most tokens of a step that is computed amid another ({@link
 *     InterposedStep}); 0 where the device computes none
 * @param maxPrefillTokensWhileDecoding most tokens of prompts in a step in which a running sequence
 *     gets its next token, so that prompts of others do not stretch the time between two tokens of
 *     a stream; 0 for no bound but {@code maxNumBatchedTokens}
 * @param maxQueuedRequests requests that may wait for their first step
 * @param maxModelLen longest prompt plus output, in tokens
 * @param policy who goes first
 * @param wholeInputs whether a prompt cannot be cut into chunks, as every token of an encoder's
 *     looks at all others; {@code maxModelLen} must not exceed {@code maxNumBatchedTokens} then
 */
public record SchedulerConfig(
    int maxNumSeqs,
    int maxNumBatchedTokens,
    int maxUrgentBatchedTokens,
    int maxInterposedTokens,
    int maxPrefillTokensWhileDecoding,
    int maxQueuedRequests,
    int maxModelLen,
    SchedulingPolicy policy,
    boolean wholeInputs) {

  /** Most prompts of a step that is computed amid another. */
  public static final int MAX_INTERPOSED_SEQS = 16;

  /** Prompts may be cut. */
  public SchedulerConfig(
      int maxNumSeqs,
      int maxNumBatchedTokens,
      int maxUrgentBatchedTokens,
      int maxInterposedTokens,
      int maxPrefillTokensWhileDecoding,
      int maxQueuedRequests,
      int maxModelLen,
      SchedulingPolicy policy) {
    this(
        maxNumSeqs,
        maxNumBatchedTokens,
        maxUrgentBatchedTokens,
        maxInterposedTokens,
        maxPrefillTokensWhileDecoding,
        maxQueuedRequests,
        maxModelLen,
        policy,
        false);
  }

  /** Urgent prompts have no more tokens than others. */
  public SchedulerConfig(
      int maxNumSeqs,
      int maxNumBatchedTokens,
      int maxPrefillTokensWhileDecoding,
      int maxQueuedRequests,
      int maxModelLen,
      SchedulingPolicy policy) {
    this(
        maxNumSeqs,
        maxNumBatchedTokens,
        maxNumBatchedTokens,
        0,
        maxPrefillTokensWhileDecoding,
        maxQueuedRequests,
        maxModelLen,
        policy);
  }

  /** No step is computed amid another. */
  public SchedulerConfig(
      int maxNumSeqs,
      int maxNumBatchedTokens,
      int maxUrgentBatchedTokens,
      int maxPrefillTokensWhileDecoding,
      int maxQueuedRequests,
      int maxModelLen,
      SchedulingPolicy policy) {
    this(
        maxNumSeqs,
        maxNumBatchedTokens,
        maxUrgentBatchedTokens,
        0,
        maxPrefillTokensWhileDecoding,
        maxQueuedRequests,
        maxModelLen,
        policy);
  }

  /** With the policy that has everything. */
  public SchedulerConfig(
      int maxNumSeqs,
      int maxNumBatchedTokens,
      int maxPrefillTokensWhileDecoding,
      int maxQueuedRequests,
      int maxModelLen) {
    this(
        maxNumSeqs,
        maxNumBatchedTokens,
        maxPrefillTokensWhileDecoding,
        maxQueuedRequests,
        maxModelLen,
        SchedulingPolicy.FAIR);
  }

  /** Prompts take what decodes leave of {@code maxNumBatchedTokens}. */
  public SchedulerConfig(
      int maxNumSeqs, int maxNumBatchedTokens, int maxQueuedRequests, int maxModelLen) {
    this(maxNumSeqs, maxNumBatchedTokens, 0, maxQueuedRequests, maxModelLen);
  }

  public SchedulerConfig {
    if (maxNumSeqs < 1 || maxQueuedRequests < 1 || maxModelLen < 2) {
      throw new IllegalArgumentException(
          "max-num-seqs (%d) and max-queued-requests (%d) must be at least 1, max-model-len (%d) at least 2"
              .formatted(maxNumSeqs, maxQueuedRequests, maxModelLen));
    }
    if (maxPrefillTokensWhileDecoding < 0) {
      throw new IllegalArgumentException(
          "max-prefill-tokens-while-decoding must be at least 0, not %d"
              .formatted(maxPrefillTokensWhileDecoding));
    }
    if (maxInterposedTokens < 0) {
      throw new IllegalArgumentException(
          "a step amid another cannot have %d tokens".formatted(maxInterposedTokens));
    }
    if (maxUrgentBatchedTokens < maxNumBatchedTokens) {
      throw new IllegalArgumentException(
          "a step of urgent prompts (%d tokens) must not be smaller than max-num-batched-tokens (%d)"
              .formatted(maxUrgentBatchedTokens, maxNumBatchedTokens));
    }
    if (wholeInputs && maxModelLen > maxNumBatchedTokens) {
      throw new IllegalArgumentException(
          "max-num-batched-tokens (%d) must be at least the longest input (%d)"
              .formatted(maxNumBatchedTokens, maxModelLen));
    }
    if (maxNumBatchedTokens < maxNumSeqs) {
      throw new IllegalArgumentException(
          "max-num-batched-tokens (%d) must be at least max-num-seqs (%d)"
              .formatted(maxNumBatchedTokens, maxNumSeqs));
    }
  }
}
