package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.settlement.Settlement;
import io.penstock.api.quota.price.Price;
import java.util.Locale;

/** From the end of a request to what is booked of it. */
final class Bookings {
  private Bookings() {}

  /** All of it. */
  static Settlement of(Ended ended) {
    Outcome outcome = ended.outcome();
    return settlement(
        ended,
        false,
        outcome.promptTokens(),
        outcome.cachedTokens(),
        outcome.completionTokens(),
        outcome.computeNanos() / 1000,
        cost(ended));
  }

  /** What comes on top of what was booked. */
  static Settlement rest(Ended ended, LateBookings.Booked booked) {
    Outcome outcome = ended.outcome();
    return settlement(
        ended,
        true,
        outcome.promptTokens() - booked.promptTokens(),
        outcome.cachedTokens() - booked.cachedTokens(),
        outcome.completionTokens() - booked.completionTokens(),
        outcome.computeNanos() / 1000 - booked.computeUs(),
        cost(ended) - booked.costMicros());
  }

  private static long cost(Ended ended) {
    Outcome outcome = ended.outcome();
    Price price = ended.price();
    long computeUs = outcome.computeNanos() / 1000;
    // what stopped by itself was answered: a text with its end token, or embeddings without any
    return outcome.ending() == Outcome.Ending.STOP
        ? price.costOfAnswer(
            outcome.promptTokens(), outcome.cachedTokens(), outcome.completionTokens(), computeUs)
        : price.cost(
            outcome.promptTokens(), outcome.cachedTokens(), outcome.completionTokens(), computeUs);
  }

  private static Settlement settlement(
      Ended ended,
      boolean correction,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      long computeUs,
      long cost) {
    HoldRecord hold = ended.hold();
    Outcome outcome = ended.outcome();
    return new Settlement(
        hold.requestId(),
        ended.how() == Ended.How.RECOVERED,
        correction,
        hold.tenantId(),
        hold.projectId(),
        hold.keyId(),
        hold.model(),
        hold.endpoint(),
        hold.streamed(),
        hold.choices(),
        hold.serviceTier(),
        outcome.ending().name().toLowerCase(Locale.ROOT),
        outcome.errorCode(),
        promptTokens,
        cachedTokens,
        completionTokens,
        outcome.queuedNanos() / 1000,
        outcome.firstTokenNanos() == 0 ? null : outcome.firstTokenNanos() / 1000,
        outcome.totalNanos() / 1000,
        computeUs,
        Math.round(outcome.kvByteSeconds() / 1024),
        hold.priceVersion(),
        cost,
        hold.receivedAt());
  }
}
