package io.penstock.engine.client;

import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.time.Duration;
import java.util.List;

/**
 * One request to embed texts.
 *
 * @param inputs token ids of each text, at least one text with at least one id; they take one place
 *     of the queue together
 * @param params how hidden states become a vector
 */
public record EmbedRequest(
    String id,
    String tenant,
    ServiceTier tier,
    int priority,
    List<int[]> inputs,
    EmbeddingParams params,
    TenantTerms terms,
    Duration deadline)
    implements EngineRequest {
  public EmbedRequest {
    inputs = List.copyOf(inputs);
  }
}
