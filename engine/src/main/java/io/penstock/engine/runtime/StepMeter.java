package io.penstock.engine.runtime;

/**
 * Counts what steps did and how long they took. Written by the engine's thread; others may ask
 * {@link #busyNanos}.
 */
final class StepMeter {
  private static final long NOT_BUSY = 0;

  private long promptTokens;
  private long generationTokens;
  private long steps;
  private long prefixQueriedTokens;
  private long prefixCachedTokens;
  private long stepNanos;
  private long deviceWaitNanos;

  /** When the engine's thread turned to the device, if it has not come back. */
  private volatile long busySince = NOT_BUSY;

  // ---- the engine's thread

  /** It calls into the device and may be held up there. */
  void busy() {
    long now = System.nanoTime();
    busySince = now == NOT_BUSY ? now + 1 : now;
  }

  /** It came back. */
  void idle() {
    busySince = NOT_BUSY;
  }

  /** It came back from waiting for a step's result. */
  void awaited() {
    deviceWaitNanos += busyNanos();
    idle();
  }

  void prompt(int tokens) {
    promptTokens += tokens;
  }

  /** A prompt begins, some of which was computed before. */
  void began(int promptTokens, int cachedTokens) {
    prefixQueriedTokens += promptTokens;
    prefixCachedTokens += cachedTokens;
  }

  void generated() {
    generationTokens++;
  }

  void applied() {
    steps++;
  }

  /** Time of a turn that planned, launched, awaited or applied something. */
  void turned(long nanos) {
    stepNanos += nanos;
  }

  long promptTokens() {
    return promptTokens;
  }

  long prefixQueriedTokens() {
    return prefixQueriedTokens;
  }

  long prefixCachedTokens() {
    return prefixCachedTokens;
  }

  long generationTokens() {
    return generationTokens;
  }

  long steps() {
    return steps;
  }

  long stepNanos() {
    return stepNanos;
  }

  long deviceWaitNanos() {
    return deviceWaitNanos;
  }

  // ---- any thread

  /** For how long the engine's thread has been held up by the device; 0 if it is not. */
  long busyNanos() {
    long since = busySince;
    return since == NOT_BUSY ? 0 : System.nanoTime() - since;
  }
}
