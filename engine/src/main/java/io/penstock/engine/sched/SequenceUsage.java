package io.penstock.engine.sched;

/**
 * What a sequence has used so far.
 *
 * @param computeNanos its part of the device's time
 * @param blockNanos blocks of the cache times nanoseconds for which it had them
 */
public record SequenceUsage(double computeNanos, double blockNanos) {
  public static final SequenceUsage NONE = new SequenceUsage(0, 0);
}
