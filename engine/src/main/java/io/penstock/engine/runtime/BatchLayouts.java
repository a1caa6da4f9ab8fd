package io.penstock.engine.runtime;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.ArrayList;
import java.util.List;

/** Lays a plan's sequences end to end. */
final class BatchLayouts {
  private BatchLayouts() {}

  /**
   * @param rotationDependsOnLength whether generated tokens that are computed together (after a
   *     preemption) must each be rotated for the length that the sequence had when it was generated
   */
  static BatchLayout of(StepPlan plan, boolean rotationDependsOnLength) {
    List<Span> spans = new ArrayList<>();
    for (ScheduledSequence sequence : plan.sequences()) {
      addSpans(spans, sequence, rotationDependsOnLength);
    }
    return of(spans);
  }

  /** Consecutive tokens {@code [from, to)} of a scheduled sequence that share a rotation. */
  private record Span(ScheduledSequence sequence, int from, int to) {
    int contextLength() {
      return sequence.firstPosition() + to;
    }

    boolean sampled() {
      return sequence.sampled() && to == sequence.tokenIds().length;
    }
  }

  private static void addSpans(List<Span> spans, ScheduledSequence sequence, boolean split) {
    int count = sequence.tokenIds().length;
    int promptTokens = Math.clamp(sequence.promptLength() - sequence.firstPosition(), 0, count);
    int from = 0;
    while (from < count) {
      int to = !split ? count : from < promptTokens ? promptTokens : from + 1;
      spans.add(new Span(sequence, from, to));
      from = to;
    }
  }

  private static BatchLayout of(List<Span> spans) {
    int tokens = spans.stream().mapToInt(s -> s.to() - s.from()).sum();
    int[] tokenIds = new int[tokens];
    int[] positions = new int[tokens];
    int[] queryStart = new int[spans.size() + 1];
    int[] contextLengths = new int[spans.size()];
    int[] ropeLengths = new int[spans.size()];
    int[][] blockTables = new int[spans.size()][];
    int[] logitRows = new int[(int) spans.stream().filter(Span::sampled).count()];
    int row = 0;
    int logitRow = 0;
    for (int s = 0; s < spans.size(); s++) {
      Span span = spans.get(s);
      ScheduledSequence sequence = span.sequence();
      queryStart[s] = row;
      for (int i = span.from(); i < span.to(); i++) {
        tokenIds[row] = sequence.tokenIds()[i];
        positions[row++] = sequence.firstPosition() + i;
      }
      contextLengths[s] = span.contextLength();
      ropeLengths[s] = Math.max(sequence.promptLength(), span.contextLength());
      blockTables[s] = sequence.blockTable();
      if (span.sampled()) {
        logitRows[logitRow++] = row - 1;
      }
    }
    queryStart[spans.size()] = row;
    return new BatchLayout(
        tokenIds, positions, queryStart, contextLengths, ropeLengths, blockTables, logitRows);
  }
}
