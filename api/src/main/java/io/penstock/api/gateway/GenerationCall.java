package io.penstock.api.gateway;

import io.penstock.api.platform.Caller;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * What an API request wants generated.
 *
 * @param urgency which requests it goes before
 * @param prompts token ids of each prompt; at least one, none empty
 * @param maxTokensAsked whether the client said how many tokens a choice may have
 * @param constraint what each choice's text must match, see {@link ServedModel#prepare}; null for
 *     anything
 * @param promptLogprobs alternatives to tell at each token of the prompts, of models that {@link
 *     ServedModel#scoresPrompts}; null to tell nothing of them
 * @param storable false when the client does not want its texts kept, whatever the organization
 *     says
 * @param deliveries carries the answer to its client, one thing after the other
 */
public record GenerationCall(
    String requestId,
    Caller.Tenant caller,
    ServedModel model,
    String endpoint,
    boolean streamed,
    Instant receivedAt,
    Urgency urgency,
    List<int[]> prompts,
    SamplingParams sampling,
    boolean maxTokensAsked,
    OutputConstraint constraint,
    Integer promptLogprobs,
    boolean storable,
    Executor deliveries) {

  RequestInfo info() {
    int choices = Math.multiplyExact(prompts.size(), sampling.n());
    return new RequestInfo(
        requestId,
        caller,
        model.id(),
        endpoint,
        streamed,
        choices,
        prompts.stream().mapToInt(p -> p.length).sum(),
        prompts.stream().mapToInt(p -> p.length).max().orElseThrow(),
        (long) choices * sampling.maxTokens(),
        maxTokensAsked,
        urgency,
        receivedAt);
  }
}
