package io.penstock.engine.sched;

/**
 * One sequence's part of a step. The arrays are not written after construction.
 *
 * @param sequence id from {@link Submission.Accepted}
 * @param tokenIds tokens to compute, at least one; the last may be a {@link #pendingToken}
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

  /**
   * Stands for a token that is not known yet, because the step launched just before samples it: a
   * negative number that names its place there.
   *
   * @param row place among the sampled sequences of that step
   */
  public static int pendingToken(int row) {
    return -1 - row;
  }

  /** Whether its last token is sampled by the step launched just before. */
  public boolean pending() {
    return tokenIds[tokenIds.length - 1] < 0;
  }

  /** Tokens in the cache after the step. */
  public int contextLength() {
    return firstPosition + tokenIds.length;
  }
}
