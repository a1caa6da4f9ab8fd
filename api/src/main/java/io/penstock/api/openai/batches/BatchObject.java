package io.penstock.api.openai.batches;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A batch as clients see it. */
record BatchObject(
    String id,
    String object,
    String endpoint,
    Errors errors,
    String inputFileId,
    String completionWindow,
    String status,
    String outputFileId,
    String errorFileId,
    long createdAt,
    Long inProgressAt,
    long expiresAt,
    Long finalizingAt,
    Long completedAt,
    Long failedAt,
    Long expiredAt,
    Long cancellingAt,
    Long cancelledAt,
    Counts requestCounts,
    Map<String, String> metadata) {

  /** What is wrong with the input. */
  record Errors(String object, List<Problem> data) {}

  /**
   * @param line from 1; null for the whole file
   */
  record Problem(String code, String message, String param, Integer line) {}

  /** Requests, and how many of them have been run. */
  record Counts(int total, int completed, int failed) {}

  static BatchObject of(StoredBatch batch) {
    Instant ended = batch.endedAt();
    return new BatchObject(
        batch.id(),
        "batch",
        batch.endpoint(),
        batch.errors() == null ? null : new Errors("list", batch.errors()),
        batch.inputFileId(),
        batch.completionWindow(),
        batch.status(),
        batch.outputFileId(),
        batch.errorFileId(),
        batch.createdAt().getEpochSecond(),
        batch.status().equals("failed") ? null : batch.createdAt().getEpochSecond(),
        batch.expiresAt().getEpochSecond(),
        batch.status().equals("completed") ? ended.getEpochSecond() : null,
        at(batch, "completed"),
        at(batch, "failed"),
        at(batch, "expired"),
        batch.cancellingAt() == null ? null : batch.cancellingAt().getEpochSecond(),
        at(batch, "cancelled"),
        new Counts(batch.total(), batch.completed(), batch.failed()),
        batch.metadata());
  }

  private static Long at(StoredBatch batch, String status) {
    return batch.status().equals(status) ? batch.endedAt().getEpochSecond() : null;
  }
}
