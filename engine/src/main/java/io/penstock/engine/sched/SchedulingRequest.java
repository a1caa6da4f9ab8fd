package io.penstock.engine.sched;

import io.penstock.engine.core.Pooling;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.util.List;

/**
 * What the scheduler knows of a request: one prompt with n choices that go on from it, or inputs to
 * be embedded, which are computed to their ends and generate nothing.
 *
 * @param id unique while it runs
 * @param tenant whose request it is
 * @param tier scheduling class
 * @param priority order within the tenant's own requests of the class, lower first
 * @param promptTokens at least one id; the first of the inputs
 * @param maxTokens most tokens to generate, for each choice; 0 to end with the prompt, as inputs to
 *     be embedded do
 * @param n choices, or inputs
 * @param terms what the tenant's plan says
 * @param deadlineNanos by the scheduler's clock, when the answer must be complete; {@link
 *     #NO_DEADLINE} for whenever
 * @param scored whether the prompt's own tokens are scored, and so all of it computed
 * @param inputs what is to be embedded; null to generate
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
    long deadlineNanos,
    boolean scored,
    Inputs inputs) {
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /**
   * Texts to be embedded.
   *
   * @param tokens of each, at least one id
   * @param pooling which of their hidden states are wanted
   */
  public record Inputs(List<int[]> tokens, Pooling pooling) {}

  /** To generate. */
  public SchedulingRequest(
      String id,
      String tenant,
      ServiceTier tier,
      int priority,
      int[] promptTokens,
      int maxTokens,
      int n,
      TenantTerms terms,
      long deadlineNanos) {
    this(id, tenant, tier, priority, promptTokens, maxTokens, n, terms, deadlineNanos, false, null);
  }

  /** To generate on usual terms, without a deadline. */
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

  /** To embed. */
  public static SchedulingRequest embedding(
      String id,
      String tenant,
      ServiceTier tier,
      int priority,
      Inputs inputs,
      TenantTerms terms,
      long deadlineNanos) {
    return new SchedulingRequest(
        id,
        tenant,
        tier,
        priority,
        inputs.tokens().getFirst(),
        0,
        inputs.tokens().size(),
        terms,
        deadlineNanos,
        false,
        inputs);
  }

  /** The same with its prompt scored, or not. */
  public SchedulingRequest scored(boolean scored) {
    return new SchedulingRequest(
        id,
        tenant,
        tier,
        priority,
        promptTokens,
        maxTokens,
        n,
        terms,
        deadlineNanos,
        scored,
        inputs);
  }

  boolean embeds() {
    return inputs != null;
  }

  /** Whether it ends with its prompt or input. */
  boolean generatesNothing() {
    return maxTokens == 0;
  }

  /** The prompt of a choice, or one of the inputs. */
  int[] prompt(int index) {
    return embeds() ? inputs.tokens().get(index) : promptTokens;
  }

  /** Tokens to be computed before all choices generate, or all inputs are embedded. */
  long allPromptTokens() {
    return embeds()
        ? inputs.tokens().stream().mapToLong(tokens -> tokens.length).sum()
        : promptTokens.length;
  }

  int longestPrompt() {
    return embeds()
        ? inputs.tokens().stream().mapToInt(tokens -> tokens.length).max().orElse(0)
        : promptTokens.length;
  }

  /** Tokens that it may take in all, the prompt once. */
  long tokens() {
    return allPromptTokens() + (long) maxTokens * n;
  }
}
