package io.penstock.engine.sched;

import io.penstock.engine.core.Pooling;

/**
 * One sequence's part of a step. The arrays are not written after construction.
 *
 * @param sequence id from {@link Submission.Accepted}
 * @param tokenIds tokens to compute, at least one; the last may be a {@link #pendingToken}
 * @param firstPosition position of the first of them: so many tokens are in the cache already
 * @param promptLength tokens of the prompt
 * @param blockTable cache blocks in order, covering at least the tokens to compute
 * @param sampled whether the last token's logits give the next token
 * @param pooling which of its hidden states are wanted to embed it; null as it generates
 * @param scored how many of its tokens' hidden states, from the first on, are wanted to score those
 *     that follow them in the prompt
 */
public record ScheduledSequence(
    long sequence,
    int[] tokenIds,
    int firstPosition,
    int promptLength,
    int[] blockTable,
    boolean sampled,
    Pooling pooling,
    int scored) {

  /** One that generates. */
  public ScheduledSequence(
      long sequence,
      int[] tokenIds,
      int firstPosition,
      int promptLength,
      int[] blockTable,
      boolean sampled) {
    this(sequence, tokenIds, firstPosition, promptLength, blockTable, sampled, null, 0);
  }

  /** One that is embedded. */
  static ScheduledSequence embedded(
      long sequence,
      int[] tokenIds,
      int firstPosition,
      int promptLength,
      int[] blockTable,
      Pooling pooling) {
    return new ScheduledSequence(
        sequence, tokenIds, firstPosition, promptLength, blockTable, false, pooling, 0);
  }

  /** How many of its tokens' final hidden states are wanted. */
  public int states() {
    return pooling == null ? scored : pooling.states(firstPosition, tokenIds.length, promptLength);
  }

  /** The first of them, as an index of {@link #tokenIds}. */
  public int firstState() {
    return pooling == Pooling.LAST ? tokenIds.length - 1 : 0;
  }

  /** Whether the step computes the end of what is embedded. */
  public boolean completesInput() {
    return pooling != null && contextLength() == promptLength;
  }

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
