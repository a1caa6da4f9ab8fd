package io.penstock.api.quota.admission;

import java.util.function.BiConsumer;

/** Rates in the headers of a response, under OpenAI's names; what is not limited is left out. */
public final class RateLimitHeaders {
  private RateLimitHeaders() {}

  /**
   * @param header takes name and value
   */
  public static void write(RateLimits limits, BiConsumer<String, String> header) {
    write(limits.requests(), "requests", header);
    write(limits.tokens(), "tokens", header);
  }

  private static void write(RateLimits.Rate rate, String of, BiConsumer<String, String> header) {
    if (rate != null) {
      header.accept("x-ratelimit-limit-" + of, Long.toString(rate.limit()));
      header.accept("x-ratelimit-remaining-" + of, Long.toString(rate.remaining()));
      header.accept("x-ratelimit-reset-" + of, Durations.text(rate.reset()));
    }
  }
}
