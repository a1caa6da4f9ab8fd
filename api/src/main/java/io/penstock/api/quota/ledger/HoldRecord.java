package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Moment;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;

/**
 * A row of {@code holds}: what must be known of a running request to settle it without its server.
 *
 * @param replicaId the server that runs it
 * @param counters ids of the counters that hold it, the organization's first
 * @param amounts what each of them holds
 */
record HoldRecord(
    String requestId,
    UUID replicaId,
    UUID tenantId,
    UUID projectId,
    UUID keyId,
    String model,
    String endpoint,
    boolean streamed,
    int choices,
    String serviceTier,
    ZoneId zone,
    int priceVersion,
    int promptTokens,
    long[] counters,
    Amounts amounts,
    Instant receivedAt,
    Instant admittedAt) {

  Moment admitted() {
    return Moment.of(admittedAt, zone);
  }
}
