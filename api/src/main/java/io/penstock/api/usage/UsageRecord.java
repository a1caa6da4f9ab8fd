package io.penstock.api.usage;

import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

/**
 * A row of {@code usage_records}; the columns are explained in its migration.
 *
 * @param firstTokenUs null when there was no token
 */
record UsageRecord(
    String requestId,
    UUID tenantId,
    UUID apiKeyId,
    String model,
    String endpoint,
    boolean streamed,
    int choices,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    String finishReason,
    long queuedUs,
    Long firstTokenUs,
    long totalUs,
    Instant createdAt) {

  static UsageRecord of(RequestInfo request, Outcome outcome) {
    return new UsageRecord(
        request.requestId(),
        request.caller().tenantId(),
        request.caller().keyId(),
        request.model(),
        request.endpoint(),
        request.streamed(),
        request.choices(),
        outcome.promptTokens(),
        outcome.cachedTokens(),
        outcome.completionTokens(),
        outcome.ending().name().toLowerCase(Locale.ROOT),
        outcome.queuedNanos() / 1000,
        outcome.firstTokenNanos() == 0 ? null : outcome.firstTokenNanos() / 1000,
        outcome.totalNanos() / 1000,
        request.receivedAt());
  }
}
