package io.penstock.engine.runtime;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.Arrays;

/**
 * Lays a plan's sequences end to end. A {@link ScheduledSequence#pendingToken} goes into the layout
 * as it is: both write the row of the step before as {@code -1 - row}, as the sampled sequences of
 * a plan are its logit rows, in order.
 */
final class BatchLayouts {
  private BatchLayouts() {}

  /**
   * @param rotationDependsOnLength whether generated tokens that are computed together (after a
   *     preemption) must each be rotated for the length that the sequence had when it was generated
   */
  static BatchLayout of(StepPlan plan, boolean rotationDependsOnLength) {
    int spans = 0;
    int sampled = 0;
    int states = 0;
    for (ScheduledSequence sequence : plan.sequences()) {
      states += sequence.states();
      spans += spans(sequence, rotationDependsOnLength);
      sampled += sequence.sampled() ? 1 : 0;
    }
    Builder builder = new Builder(plan.numTokens(), spans, sampled, states);
    for (ScheduledSequence sequence : plan.sequences()) {
      int count = sequence.tokenIds().length;
      int promptTokens = promptTokens(sequence);
      int from = 0;
      while (from < count) {
        int to = !rotationDependsOnLength ? count : from < promptTokens ? promptTokens : from + 1;
        builder.add(sequence, from, to);
        from = to;
      }
    }
    return builder.build();
  }

  /** Layout sequences that a scheduled one becomes: runs of tokens that share a rotation. */
  private static int spans(ScheduledSequence sequence, boolean split) {
    int promptTokens = promptTokens(sequence);
    return split ? sequence.tokenIds().length - promptTokens + Math.min(1, promptTokens) : 1;
  }

  private static int promptTokens(ScheduledSequence sequence) {
    return Math.clamp(
        sequence.promptLength() - sequence.firstPosition(), 0, sequence.tokenIds().length);
  }

  /**
   * A batch whose result nobody wants.
   *
   * @param tokens of each sequence, at most a block
   * @param block where all of them write
   */
  static BatchLayout forNobody(int sequences, int tokens, int block) {
    int total = sequences * tokens;
    int[] positions = new int[total];
    Arrays.setAll(positions, i -> i % tokens);
    int[] queryStart = new int[sequences + 1];
    Arrays.setAll(queryStart, s -> s * tokens);
    int[] lengths = new int[sequences];
    Arrays.fill(lengths, tokens);
    int[][] blockTables = new int[sequences][];
    Arrays.fill(blockTables, new int[] {block});
    int[] logitRows = new int[sequences];
    Arrays.setAll(logitRows, s -> (s + 1) * tokens - 1);
    return new BatchLayout(
        new int[total], positions, queryStart, lengths, lengths, blockTables, logitRows);
  }

  /** Arrays of known size, filled one run of tokens after the other. */
  private static final class Builder {
    private final int[] tokenIds;
    private final int[] positions;
    private final int[] queryStart;
    private final int[] contextLengths;
    private final int[] ropeLengths;
    private final int[][] blockTables;
    private final int[] logitRows;
    private final int[] stateRows;
    private int stateRow;
    private int row;
    private int span;
    private int logitRow;

    Builder(int tokens, int spans, int sampled, int states) {
      tokenIds = new int[tokens];
      positions = new int[tokens];
      queryStart = new int[spans + 1];
      contextLengths = new int[spans];
      ropeLengths = new int[spans];
      blockTables = new int[spans][];
      logitRows = new int[sampled];
      stateRows = new int[states];
    }

    /** Tokens {@code [from, to)} of a scheduled sequence. */
    void add(ScheduledSequence sequence, int from, int to) {
      int contextLength = sequence.firstPosition() + to;
      contextLengths[span] = contextLength;
      ropeLengths[span] = Math.max(sequence.promptLength(), contextLength);
      blockTables[span++] = sequence.blockTable();
      System.arraycopy(sequence.tokenIds(), from, tokenIds, row, to - from);
      for (int i = from; i < to; i++) {
        positions[row++] = sequence.firstPosition() + i;
      }
      int begin = Math.max(from, sequence.firstState());
      int end = Math.min(to, sequence.firstState() + sequence.states());
      for (int i = begin; i < end; i++) {
        stateRows[stateRow++] = row - to + i;
      }
      queryStart[span] = row;
      if (sequence.sampled() && to == sequence.tokenIds().length) {
        logitRows[logitRow++] = row - 1;
      }
    }

    BatchLayout build() {
      return new BatchLayout(
          tokenIds,
          positions,
          queryStart,
          contextLengths,
          ropeLengths,
          blockTables,
          logitRows,
          stateRows);
    }
  }
}
