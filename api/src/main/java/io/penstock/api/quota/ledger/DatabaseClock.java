package io.penstock.api.quota.ledger;

/**
 * The database's clock without asking it: what it said last, and what has passed since by our own.
 * Only for the ledger's thread.
 */
final class DatabaseClock {
  private long offsetMicros;

  /**
   * @param micros what it said, since 1970
   * @param sentNanos when it was asked, by {@link System#nanoTime}
   * @param receivedNanos when it had answered
   */
  void said(long micros, long sentNanos, long receivedNanos) {
    offsetMicros = micros - (sentNanos + (receivedNanos - sentNanos) / 2) / 1000;
  }

  /** Microseconds since 1970. */
  long micros() {
    return offsetMicros + System.nanoTime() / 1000;
  }
}
