package io.penstock.api.usage.invoice;

import io.penstock.api.usage.Money;
import java.time.YearMonth;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** An invoice's lines as CSV (RFC 4180), the sums of the month in rows of their own at the end. */
final class InvoiceCsv {
  private static final List<String> HEADER =
      List.of(
          "invoice",
          "month",
          "kind",
          "project_id",
          "project",
          "model",
          "price_version",
          "requests",
          "input_tokens",
          "input_cached_tokens",
          "output_tokens",
          "compute_seconds",
          "amount",
          "currency");

  private InvoiceCsv() {}

  static String of(Invoice invoice) {
    StringBuilder csv = new StringBuilder();
    row(csv, HEADER);
    for (Invoice.Line line : invoice.lines()) {
      row(
          csv,
          List.of(
              name(invoice),
              YearMonth.from(invoice.month()),
              "usage",
              line.projectId(),
              safe(line.project()),
              safe(line.model()),
              line.priceVersion(),
              line.requests(),
              line.promptTokens(),
              line.cachedTokens(),
              line.completionTokens(),
              Money.units(line.computeUs()).toPlainString(),
              Money.units(line.amount()).toPlainString(),
              Money.CURRENCY));
    }
    sum(csv, invoice, "opening_balance", invoice.opening());
    sum(csv, invoice, "credits", invoice.credits());
    sum(csv, invoice, "corrections", invoice.corrections());
    sum(csv, invoice, "total_usage", invoice.usage());
    sum(csv, invoice, "closing_balance", invoice.closing());
    sum(csv, invoice, "amount_due", invoice.due());
    return csv.toString();
  }

  private static void sum(StringBuilder csv, Invoice invoice, String kind, long micros) {
    row(
        csv,
        List.of(
            name(invoice),
            YearMonth.from(invoice.month()),
            kind,
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            Money.units(micros).toPlainString(),
            Money.CURRENCY));
  }

  private static String name(Invoice invoice) {
    return Objects.requireNonNullElse(InvoiceView.number(invoice), "draft");
  }

  /** What a person named must not become a formula in a spreadsheet. */
  private static String safe(String text) {
    return text.matches("(?s)[=+@\\-\t\r].*") ? "'" + text : text;
  }

  private static void row(StringBuilder csv, List<?> cells) {
    csv.append(cells.stream().map(cell -> quoted(cell.toString())).collect(Collectors.joining(",")))
        .append("\r\n");
  }

  private static String quoted(String cell) {
    return cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }
}
