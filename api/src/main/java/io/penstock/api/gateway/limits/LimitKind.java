package io.penstock.api.gateway.limits;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What can be limited. Minutes are any 60 seconds, wherever they begin; days and months are the
 * calendar's in the organization's time zone. Spending and credit are micro-units of the currency.
 */
public enum LimitKind {
  REQUESTS_PER_MINUTE,
  REQUESTS_PER_DAY,
  /** Prompt and completion tokens. */
  TOKENS_PER_MINUTE,
  TOKENS_PER_DAY,
  TOKENS_PER_MONTH,
  OUTPUT_TOKENS_PER_MINUTE,
  SPEND_PER_DAY,
  SPEND_PER_MONTH,
  /** Requests that run or wait at the same time. */
  CONCURRENT_REQUESTS,
  /** Longest prompt plus output of one choice. */
  MAX_CONTEXT_TOKENS,
  /** Longest output of one choice. */
  MAX_OUTPUT_TOKENS,
  /** How far an organization's balance may go below zero: 0 for prepaid credits. */
  CREDIT;

  /** As on the wire and in the table. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Empty when there is no kind of that name; names are exact. */
  public static Optional<LimitKind> byText(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text().equals(text)).findFirst();
  }
}
