package io.penstock.api.usage;

import java.time.Instant;
import java.util.UUID;

/**
 * A row of {@code usage_records}; the columns are explained in its migration.
 *
 * @param firstTokenUs null when there was no token
 * @param errorCode null when the client got none
 * @param projectId null for requests before there were projects
 * @param costMicros micro-units of the currency
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
    UUID projectId,
    int priceVersion,
    long costMicros,
    Instant createdAt) {}
