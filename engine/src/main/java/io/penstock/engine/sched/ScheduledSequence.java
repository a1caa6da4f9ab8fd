package io.penstock.engine.sched;

/**
 * One sequence's part of a step. The arrays are not written after construction.
 *
 * @param sequence id from {@link Submission.Accepted}
 * @param tokenIds tokens to compute, at least one
 * @param firstPosition position of the first of them: so many tokens are in the cache already
 * @param promptLength tokens of the prompt
 * @param blockTable cache blocks in order, covering at least the tokens to compute
 * @param sampled whether the last token's logits give the next token
 */
public record ScheduledSequence(
    long sequence,
    int[] tokenIds,
    int firstPosition,
    int promptLength,
    int[] blockTable,
    boolean sampled) {

  /** Tokens in the cache after the step. */
  public int contextLength() {
    return firstPosition + tokenIds.length;
  }
}
