package io.penstock.api.usage.invoice;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;

/**
 * A month of an organization, in micro-units of the currency. Its figures are the ledger's: opening
 * balance, credits, corrections and usage add up to the closing balance.
 *
 * @param id null for a month that is not over
 * @param number null likewise
 * @param month its first day by the organization's calendar
 * @param opening what was left, or owed when negative, at its beginning
 * @param corrections by the operator, in favour of the organization
 * @param closing what is left, or owed when negative, at its end
 * @param createdAt null for a month that is not over
 * @param lines in the order of projects and models
 */
record Invoice(
    UUID id,
    Long number,
    UUID tenantId,
    LocalDate month,
    String timeZone,
    Instant periodStart,
    Instant periodEnd,
    long opening,
    long credits,
    long corrections,
    long usage,
    long closing,
    Instant createdAt,
    List<Line> lines) {

  /** What is to be paid. */
  long due() {
    return Math.max(0, -closing);
  }

  /** With its lines. */
  Invoice with(List<Line> lines) {
    return new Invoice(
        id,
        number,
        tenantId,
        month,
        timeZone,
        periodStart,
        periodEnd,
        opening,
        credits,
        corrections,
        usage,
        closing,
        createdAt,
        lines);
  }

  /**
   * What a project used of a model at a price.
   *
   * @param priceVersion 0 when the model had no price
   * @param prices null when it had none
   */
  record Line(
      UUID projectId,
      String project,
      String model,
      int priceVersion,
      Prices prices,
      long requests,
      long promptTokens,
      long cachedTokens,
      long completionTokens,
      long computeUs,
      long amount) {}

  /** For a million tokens, and for a second of the device. */
  record Prices(long prompt, long cached, long completion, long computeSecond) {}
}
