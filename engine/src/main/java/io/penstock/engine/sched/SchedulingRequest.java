package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;

/**
 * What the scheduler knows of a request.
 *
 * @param id unique while it runs
 * @param tenant whose request it is
 * @param tier scheduling class
 * @param priority order within the tenant's own requests of the class, lower first
 * @param promptTokens at least one id
 * @param maxTokens most tokens to generate, for each choice
 * @param n choices
 * @param terms what the tenant's plan says
 * @param deadlineNanos by the scheduler's clock, when the answer must be complete; {@link
 *     #NO_DEADLINE} for whenever
 */
public record SchedulingRequest(
    String id,
    String tenant,
    ServiceTier tier,
    int priority,
    int[] promptTokens,
    int maxTokens,
    int n,
    TenantTerms terms,
    long deadlineNanos) {
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** On usual terms, without a deadline. */
  public SchedulingRequest(
      String id,
      String tenant,
      ServiceTier tier,
      int priority,
      int[] promptTokens,
      int maxTokens,
      int n) {
    this(id, tenant, tier, priority, promptTokens, maxTokens, n, TenantTerms.DEFAULT, NO_DEADLINE);
  }

  /** Tokens that it may take in all, the prompt once. */
  long tokens() {
    return promptTokens.length + (long) maxTokens * n;
  }
}
