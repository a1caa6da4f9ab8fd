package io.penstock.engine.client;

import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.time.Duration;

/**
 * One request to generate.
 *
 * @param id unique while it runs; also in every log line and accounting row
 * @param tenant whose tokens these are: the scheduler shares the machine by it
 * @param tier scheduling class
 * @param priority order within a tier, lower first, as in vLLM
 * @param promptTokens token ids, at least one
 * @param sampling how tokens are chosen and when to stop
 * @param terms what the tenant's plan says to the scheduler
 * @param deadline from submission, until when the answer must be complete; a request that cannot be
 *     is rejected at once. Null for whenever
 * @param constraint what each choice's text must match; null for anything
 * @param promptLogprobs best alternatives to report at each token of the prompt beside its
 *     log-probability, 0 to 20; null to report nothing of the prompt. For models that also embed
 *     ({@link ModelInfo#embedding}): it is made of their final hidden states
 */
public record GenerateRequest(
    String id,
    String tenant,
    ServiceTier tier,
    int priority,
    int[] promptTokens,
    SamplingParams sampling,
    TenantTerms terms,
    Duration deadline,
    OutputConstraint constraint,
    Integer promptLogprobs)
    implements EngineRequest {

  /** Of which nothing is told of the prompt. */
  public GenerateRequest(
      String id,
      String tenant,
      ServiceTier tier,
      int priority,
      int[] promptTokens,
      SamplingParams sampling,
      TenantTerms terms,
      Duration deadline,
      OutputConstraint constraint) {
    this(id, tenant, tier, priority, promptTokens, sampling, terms, deadline, constraint, null);
  }

  /** Of any text. */
  public GenerateRequest(
      String id,
      String tenant,
      ServiceTier tier,
      int priority,
      int[] promptTokens,
      SamplingParams sampling,
      TenantTerms terms,
      Duration deadline) {
    this(id, tenant, tier, priority, promptTokens, sampling, terms, deadline, null);
  }

  /** On usual terms, without a deadline, of any text. */
  public GenerateRequest(
      String id,
      String tenant,
      ServiceTier tier,
      int priority,
      int[] promptTokens,
      SamplingParams sampling) {
    this(id, tenant, tier, priority, promptTokens, sampling, TenantTerms.DEFAULT, null);
  }
}
