package io.penstock.engine.client;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.time.Duration;

/** What requests of all kinds have. */
public sealed interface EngineRequest permits GenerateRequest, EmbedRequest {
  /** Unique while it runs; also in every log line and accounting row. */
  String id();

  /** Whose request it is: the scheduler shares the machine by it. */
  String tenant();

  ServiceTier tier();

  /** Order within a tier, lower first, as in vLLM. */
  int priority();

  /** What the tenant's plan says to the scheduler. */
  TenantTerms terms();

  /**
   * From submission, until when the answer must be complete; a request that cannot be is rejected
   * at once. Null for whenever.
   */
  Duration deadline();
}
