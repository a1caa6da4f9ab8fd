package io.penstock.api.usage.invoice;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.api.usage.Money;
import java.math.BigDecimal;
import java.time.YearMonth;
import java.util.List;
import java.util.UUID;

/**
 * An invoice as clients see it. Amounts are exact, in units of the currency.
 *
 * @param number such as INV-000042; null for a draft, as are {@code id} and {@code createdAt}
 * @param status final, or draft while the month is not over
 * @param month such as 2026-11, by the organization's calendar
 * @param periodStart seconds since 1970
 * @param openingBalance what was left, or owed when negative
 * @param lines left out in lists
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record InvoiceView(
    UUID id,
    String object,
    String number,
    String status,
    String month,
    String timeZone,
    long periodStart,
    long periodEnd,
    String currency,
    BigDecimal openingBalance,
    BigDecimal credits,
    BigDecimal corrections,
    BigDecimal usage,
    BigDecimal closingBalance,
    BigDecimal amountDue,
    Long createdAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) List<LineView> lines) {

  static InvoiceView of(Invoice invoice) {
    return of(invoice, invoice.lines().stream().map(LineView::of).toList());
  }

  static InvoiceView withoutLines(Invoice invoice) {
    return of(invoice, null);
  }

  private static InvoiceView of(Invoice invoice, List<LineView> lines) {
    return new InvoiceView(
        invoice.id(),
        "organization.invoice",
        number(invoice),
        invoice.id() == null ? "draft" : "final",
        YearMonth.from(invoice.month()).toString(),
        invoice.timeZone(),
        invoice.periodStart().getEpochSecond(),
        invoice.periodEnd().getEpochSecond(),
        Money.CURRENCY,
        Money.units(invoice.opening()),
        Money.units(invoice.credits()),
        Money.units(invoice.corrections()),
        Money.units(invoice.usage()),
        Money.units(invoice.closing()),
        Money.units(invoice.due()),
        invoice.createdAt() == null ? null : invoice.createdAt().getEpochSecond(),
        lines);
  }

  static String number(Invoice invoice) {
    return invoice.number() == null ? null : "INV-%06d".formatted(invoice.number());
  }

  /** What a project used of a model at a price. */
  record LineView(
      UUID projectId,
      String project,
      String model,
      int priceVersion,
      PricesView prices,
      long requests,
      long inputTokens,
      long inputCachedTokens,
      long outputTokens,
      double computeSeconds,
      BigDecimal amount) {
    static LineView of(Invoice.Line line) {
      return new LineView(
          line.projectId(),
          line.project(),
          line.model(),
          line.priceVersion(),
          line.prices() == null ? null : PricesView.of(line.prices()),
          line.requests(),
          line.promptTokens(),
          line.cachedTokens(),
          line.completionTokens(),
          line.computeUs() / 1e6,
          Money.units(line.amount()));
    }
  }

  /** For a million tokens, and for a second of the device. */
  record PricesView(
      BigDecimal input, BigDecimal cachedInput, BigDecimal output, BigDecimal computeSecond) {
    static PricesView of(Invoice.Prices prices) {
      return new PricesView(
          Money.units(prices.prompt()),
          Money.units(prices.cached()),
          Money.units(prices.completion()),
          Money.units(prices.computeSecond()));
    }
  }
}
