package io.penstock.api.gateway.settlement;

import java.time.Instant;
import java.util.UUID;

/**
 * A request that has ended, as it is booked: once. Of a request whose server died it is what was
 * known at its last checkpoint; should that server come back, {@code correction} is the rest.
 *
 * @param atCheckpoint what a dead server's last checkpoint knew
 * @param correction adds to what was booked of the same request before, at a checkpoint
 * @param finishReason in lower case, as {@link io.penstock.api.gateway.Outcome.Ending}
 * @param completionTokens what the engine generated, not what the client read
 * @param firstTokenUs null when there was no token
 * @param errorCode null when the client got none
 * @param priceVersion of the price that was fixed at admission; 0 when the model had none
 * @param costMicros micro-units of the currency
 * @param receivedAt when the request came
 */
public record Settlement(
    String requestId,
    boolean atCheckpoint,
    boolean correction,
    UUID tenantId,
    UUID projectId,
    UUID keyId,
    String model,
    String endpoint,
    boolean streamed,
    int choices,
    String serviceTier,
    String finishReason,
    String errorCode,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long queuedUs,
    Long firstTokenUs,
    long totalUs,
    long computeUs,
    long kvKibSeconds,
    int priceVersion,
    long costMicros,
    Instant receivedAt) {}
