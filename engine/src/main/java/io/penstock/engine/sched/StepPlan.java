package io.penstock.engine.sched;

import java.util.List;

/**
 * What one step does, in this order: it copies blocks of the cache to the host, then others back,
 * then computes. So a block that one sequence gave up may receive another's content in the same
 * step. A value that may be sent to other workers.
 *
 * @param sequences what is computed; when there are none, there are no copies either
 * @param offloads from the device to the host
 * @param restores from the host to the device
 */
public record StepPlan(
    List<ScheduledSequence> sequences, List<CacheCopy> offloads, List<CacheCopy> restores) {
  /** Nothing. */
  public static final StepPlan EMPTY = new StepPlan(List.of());

  public StepPlan {
    sequences = List.copyOf(sequences);
    offloads = List.copyOf(offloads);
    restores = List.copyOf(restores);
  }

  /** A step without copies. */
  public StepPlan(List<ScheduledSequence> sequences) {
    this(sequences, List.of(), List.of());
  }

  public boolean isEmpty() {
    return sequences.isEmpty();
  }

  public boolean copies() {
    return !offloads.isEmpty() || !restores.isEmpty();
  }

  public int numTokens() {
    int tokens = 0;
    for (ScheduledSequence sequence : sequences) {
      tokens += sequence.tokenIds().length;
    }
    return tokens;
  }
}
