package io.penstock.engine.client;

/**
 * What steps are kept short for, of a tier; tokens that come later are late.
 *
 * @param firstTokenNanos from a short prompt that goes before others to its first token,
 *     nanoseconds; 0 for no target
 * @param interTokenNanos between two tokens of an answer, nanoseconds; 0 for no target
 */
public record LatencyTargets(long firstTokenNanos, long interTokenNanos) {
  public static final LatencyTargets NONE = new LatencyTargets(0, 0);
}
