package io.penstock.api.gateway;

import io.penstock.api.platform.Caller;
import io.penstock.engine.core.EmbeddingParams;
import java.time.Instant;
import java.util.List;

/**
 * What an API request wants embedded. It holds and is accounted for as one request, whose choices
 * are its inputs.
 *
 * @param urgency which requests it goes before
 * @param inputs token ids of each text; at least one, none empty
 */
public record EmbeddingCall(
    String requestId,
    Caller.Tenant caller,
    ServedModel model,
    String endpoint,
    Instant receivedAt,
    Urgency urgency,
    List<int[]> inputs,
    EmbeddingParams params) {

  RequestInfo info() {
    return new RequestInfo(
        requestId,
        caller,
        model.id(),
        endpoint,
        false,
        inputs.size(),
        Math.toIntExact(inputs.stream().mapToLong(input -> input.length).sum()),
        inputs.stream().mapToInt(input -> input.length).max().orElseThrow(),
        0,
        true,
        urgency,
        receivedAt);
  }
}
