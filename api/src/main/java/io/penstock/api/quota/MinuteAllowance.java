package io.penstock.api.quota;

/**
 * Tokens used in a minute that begins with the first of them. The limit may differ from call to
 * call: it is the plan's, which may be changed. Times are of one monotonic clock, nanoseconds.
 */
final class MinuteAllowance {
  static final long MINUTE_NANOS = 60_000_000_000L;

  private long begunNanos;
  private long used;

  /** False when fewer are left; nothing is taken then. */
  synchronized boolean tryTake(int tokens, long limit, long now) {
    turn(now);
    if (used + tokens > limit) {
      return false;
    }
    if (used == 0) {
      begunNanos = now;
    }
    used += tokens;
    return true;
  }

  /** Of this minute; what was taken in an earlier one does not come back. */
  synchronized void giveBack(int tokens, long now) {
    turn(now);
    used = Math.max(0, used - tokens);
  }

  synchronized long used(long now) {
    turn(now);
    return used;
  }

  /** Until the minute ends; 0 while nothing is used. */
  synchronized long untilNextNanos(long now) {
    turn(now);
    return used == 0 ? 0 : begunNanos + MINUTE_NANOS - now;
  }

  private void turn(long now) {
    if (now - begunNanos >= MINUTE_NANOS) {
      used = 0;
    }
  }
}
