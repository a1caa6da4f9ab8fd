package io.penstock.api.openai.batches;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A batch as it is stored; the columns are explained in its migration.
 *
 * @param completed lines with an answer
 * @param failed lines with an error
 */
record StoredBatch(
    String id,
    UUID tenantId,
    UUID projectId,
    UUID keyId,
    String endpoint,
    String inputFileId,
    String completionWindow,
    Map<String, String> metadata,
    List<BatchObject.Problem> errors,
    String status,
    int total,
    int completed,
    int failed,
    Instant createdAt,
    Instant expiresAt,
    Instant cancellingAt,
    Instant endedAt,
    String outputFileId,
    String errorFileId) {}
