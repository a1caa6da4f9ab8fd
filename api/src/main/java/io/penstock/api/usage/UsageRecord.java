package io.penstock.api.usage;

import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.ServiceTiers;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

/**
 * A row of {@code usage_records}; the columns are explained in its migration.
 *
 * @param firstTokenUs null when there was no token
 * @param errorCode null when the client got none
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
    String serviceTier,
    long computeUs,
    long kvKibSeconds,
    String errorCode,
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
        ServiceTiers.name(request.urgency().tier()),
        Math.round(outcome.computeNanos() / 1e3),
        Math.round(outcome.kvByteSeconds() / 1024),
        outcome.errorCode(),
        request.receivedAt());
  }
}
