package io.penstock.engine.sched;

/** Answer to a submitted request. */
public sealed interface Submission {

  /**
   * @param firstSequence id of choice 0; choice i is {@code firstSequence + i}
   */
  record Accepted(long firstSequence) implements Submission {}

  /** As many requests as may wait do so. */
  record QueueFull(String message) implements Submission {}

  /** It could not run even alone. */
  record TooLong(String message) implements Submission {}
}
