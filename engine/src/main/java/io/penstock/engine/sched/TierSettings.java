package io.penstock.engine.sched;

/**
 * How a tier is served.
 *
 * @param minimumShare share of the service that it gets while it waits, whatever higher tiers want
 * @param stepNanos longest step in which it takes part, nanoseconds: its target for the time
 *     between two tokens; 0 for no bound
 * @param firstTokenStepNanos length of a step that computes the last tokens of a prompt of this
 *     tier beyond which streams that go after it sit out, nanoseconds; 0 for never
 * @param othersStepNanos how long prompts that go after this tier's may make steps, while it is in
 *     use: its next prompt waits for such a step, unless it can be computed amid it; 0 for no bound
 * @param interposeNanos a prompt of this tier that would wait longer than this for the running step
 *     is computed amid it ({@link InterposedStep}), where the device can; 0 for never
 * @param maxQueuedRequests requests of it that may wait; 0 for the scheduler's bound
 * @param maxQueuedTokens tokens, prompt and most output, of requests that may wait; 0 for no bound
 */
public record TierSettings(
    double minimumShare,
    long stepNanos,
    long firstTokenStepNanos,
    long othersStepNanos,
    long interposeNanos,
    int maxQueuedRequests,
    long maxQueuedTokens) {

  public TierSettings {
    if (!(minimumShare >= 0 && minimumShare < 1)) {
      throw new IllegalArgumentException(
          "a tier's minimum share must be at least 0 and below 1, not " + minimumShare);
    }
    if (stepNanos < 0
        || firstTokenStepNanos < 0
        || othersStepNanos < 0
        || interposeNanos < 0
        || maxQueuedRequests < 0
        || maxQueuedTokens < 0) {
      throw new IllegalArgumentException("a tier's bounds cannot be negative");
    }
  }

  /**
   * How long a short prompt of this tier that goes before others should take to its first token,
   * nanoseconds: it waits for the step that runs, the one launched behind it, and its own; 0 for no
   * target.
   */
  public long firstTokenNanos() {
    return 2 * othersStepNanos + firstTokenStepNanos;
  }
}
