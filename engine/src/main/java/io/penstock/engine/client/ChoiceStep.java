package io.penstock.engine.client;

/**
 * What happened to a choice on its way, for people who want to know where its time went.
 *
 * @param kind what it was
 * @param atNanos from submission to the beginning of the step, by the engine's clock
 * @param tokens prompt tokens that the step computes; of a pause, those that were generated before
 */
public record ChoiceStep(Kind kind, long atNanos, int tokens) {

  /** Kinds of them. */
  public enum Kind {
    /** A step computes a part of the prompt. */
    PREFILL,
    /** The last step before it had to leave the batch, because others needed its cache. */
    PAUSED,
    /** It is back in the batch. */
    RESUMED
  }
}
