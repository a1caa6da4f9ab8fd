package io.penstock.api.quota.admission;

import io.penstock.api.quota.window.Amounts;
import java.time.Duration;
import java.time.Instant;

/** What admission says to a request. */
public sealed interface Verdict {

  /**
   * It is admitted and all its counters hold it.
   *
   * @param output tokens that it may generate
   * @param ends the limit that made them fewer than it wanted, or null
   * @param usedThen how much of that limit will be used and held when they are generated
   */
  record Granted(Amounts hold, long output, Bound ends, long usedThen) implements Verdict {}

  /**
   * It is refused and nothing has changed.
   *
   * @param bound the limit that keeps it out the longest
   * @param used of it, with what running requests hold
   * @param requested of it
   * @param retryAfter after which it may fit if nobody else takes the room; null when it never will
   * @param resets when a calendar window ends, else null
   * @param heldOnly whether there would be room but for what running requests hold
   */
  record Refused(
      Bound bound, long used, long requested, Duration retryAfter, Instant resets, boolean heldOnly)
      implements Verdict {}
}
