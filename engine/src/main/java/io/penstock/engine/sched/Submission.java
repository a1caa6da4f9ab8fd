package io.penstock.engine.sched;

/** Answer to a submitted request. */
public sealed interface Submission {

  /**
   * @param firstSequence id of choice 0; choice i is {@code firstSequence + i}
   */
  record Accepted(long firstSequence) implements Submission {}

  /** It was not taken, or has been given up before anything was computed for it. */
  sealed interface Refused extends Submission {
    String message();
  }

  /**
   * As much as may wait does so.
   *
   * @param bound whose bound it is
   * @param retryAfterNanos when there is room again, if others send no more; 0 if that is not known
   */
  record QueueFull(Bound bound, String message, long retryAfterNanos) implements Refused {
    /** Whose requests are too many. */
    public enum Bound {
      ENGINE,
      TIER,
      TENANT,
      /** It may have more requests waiting, but not of so many tokens. */
      TENANT_TOKENS,
      /**
       * It waited, and had to make room for a higher tier, or for a tenant that waits with less.
       */
      DISPLACED
    }
  }

  /**
   * Its deadline comes before its answer could be complete.
   *
   * @param estimateNanos from now, when it would be
   */
  record DeadlineUnmeetable(String message, long estimateNanos) implements Refused {}

  /** It could not run even alone. */
  record TooLong(String message) implements Refused {}
}
