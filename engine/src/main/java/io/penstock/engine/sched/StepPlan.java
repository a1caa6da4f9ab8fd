package io.penstock.engine.sched;

import java.util.List;

/** What one step computes: a value that may be sent to other workers. */
public record StepPlan(List<ScheduledSequence> sequences) {
  public StepPlan {
    sequences = List.copyOf(sequences);
  }

  public boolean isEmpty() {
    return sequences.isEmpty();
  }

  public int numTokens() {
    int tokens = 0;
    for (ScheduledSequence sequence : sequences) {
      tokens += sequence.tokenIds().length;
    }
    return tokens;
  }
}
