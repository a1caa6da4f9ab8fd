package io.penstock.engine.client;

import java.util.List;

/**
 * What one choice used. Times are nanoseconds of a monotonic clock on the engine's side, relative
 * to submission, so they can be compared across machines.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens prompt tokens whose keys and values were already there (a prefix that was
 *     computed before, or a fork of {@code n})
 * @param completionTokens tokens generated, the end token included
 * @param queuedNanos from submission to the first step that computed something for it
 * @param firstTokenNanos from submission to the first token; 0 if there was none
 * @param totalNanos from submission to the end
 * @param computeNanos its part of the device's time: every step's time is split over what it
 *     computed
 * @param kvByteNanos bytes of KV cache times nanoseconds for which it had them
 * @param steps chunks of its prompt and its pauses, in order; the first ones when there are many
 */
public record ChoiceStats(
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long queuedNanos,
    long firstTokenNanos,
    long totalNanos,
    double computeNanos,
    double kvByteNanos,
    List<ChoiceStep> steps) {
  private static final double NANOS = 1e9;
  private static final double GIB = 1L << 30;

  /** Without metering. */
  public ChoiceStats(
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      long queuedNanos,
      long firstTokenNanos,
      long totalNanos) {
    this(
        promptTokens,
        cachedTokens,
        completionTokens,
        queuedNanos,
        firstTokenNanos,
        totalNanos,
        0,
        0,
        List.of());
  }

  public double computeSeconds() {
    return computeNanos / NANOS;
  }

  public double kvGibSeconds() {
    return kvByteNanos / NANOS / GIB;
  }
}
