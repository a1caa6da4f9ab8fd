package io.penstock.bench.sched;

import io.penstock.engine.core.ServiceTier;

/**
 * A request of a simulation.
 *
 * @param arrivalNanos when it comes
 * @param output tokens that it really generates
 * @param maxTokens what it asks for at most
 * @param shared its prompt begins with so many tokens that all jobs share
 * @param deadlineNanos from arrival; 0 for none
 */
record Job(
    int tenant,
    ServiceTier tier,
    long arrivalNanos,
    int prompt,
    int output,
    int maxTokens,
    int shared,
    long deadlineNanos) {

  /** The same at another time. */
  Job at(long nanos) {
    return new Job(tenant, tier, nanos, prompt, output, maxTokens, shared, deadlineNanos);
  }

  static Job of(int tenant, ServiceTier tier, double seconds, int prompt, int output) {
    return new Job(tenant, tier, (long) (seconds * 1e9), prompt, output, output, 0, 0);
  }
}
