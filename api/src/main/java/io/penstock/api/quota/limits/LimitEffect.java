package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import java.time.LocalDate;
import java.util.List;

/**
 * What a limit would have meant for what was used lately. Of a day that used more than the limit,
 * the requests are counted by the share of use beyond it, as if all were alike and came evenly: so
 * their number is about right, while the days are exact. Limits of a minute are judged by hours:
 * one that used more than 60 such minutes must have met the limit; those that met it in a few
 * minutes are not seen, so there days and requests are the least that it was.
 *
 * @param days that were looked at, today among them
 * @param boundDays of them, those on which the limit would have been met
 * @param refused requests, about, that would have been refused
 * @param requests all of those days
 * @param atLeast whether it may have been more
 */
record LimitEffect(int days, int boundDays, long refused, long requests, boolean atLeast) {
  /** Days that are looked at. */
  static final int DAYS = 7;

  private static final int MINUTES = 60;

  /**
   * What was used in a day or an hour.
   *
   * @param money micro-units of the currency
   */
  record Use(LocalDate day, long requests, long tokens, long output, long money) {
    private long of(LimitKind kind) {
      return switch (kind) {
        case REQUESTS_PER_MINUTE, REQUESTS_PER_DAY -> requests;
        case TOKENS_PER_MINUTE, TOKENS_PER_DAY, TOKENS_PER_MONTH -> tokens;
        case OUTPUT_TOKENS_PER_MINUTE -> output;
        case SPEND_PER_DAY, SPEND_PER_MONTH -> money;
        default -> throw new IllegalArgumentException(kind + " does not follow from sums");
      };
    }
  }

  /** Whether sums say anything of limits of a kind. */
  static boolean isKnown(LimitKind kind) {
    return switch (kind) {
      case CONCURRENT_REQUESTS, MAX_CONTEXT_TOKENS, MAX_OUTPUT_TOKENS, CREDIT -> false;
      default -> true;
    };
  }

  /** Whether hours are needed, not days. */
  static boolean isByMinute(LimitKind kind) {
    return kind == LimitKind.REQUESTS_PER_MINUTE
        || kind == LimitKind.TOKENS_PER_MINUTE
        || kind == LimitKind.OUTPUT_TOKENS_PER_MINUTE;
  }

  /**
   * @param uses by day in their order, from the first of the month that the first day is in; by
   *     hour, of the days alone, for limits of a minute
   * @param today the last day
   */
  static LimitEffect of(LimitKind kind, long limit, List<Use> uses, LocalDate today) {
    LocalDate first = today.minusDays(DAYS - 1L);
    boolean monthly = kind == LimitKind.TOKENS_PER_MONTH || kind == LimitKind.SPEND_PER_MONTH;
    long most = isByMinute(kind) ? Math.multiplyExact(limit, MINUTES) : limit;
    LocalDate month = null;
    LocalDate lastBound = null;
    long before = 0;
    long requests = 0;
    int boundDays = 0;
    double refused = 0;
    for (Use use : uses) {
      if (monthly && !use.day.withDayOfMonth(1).equals(month)) {
        month = use.day.withDayOfMonth(1);
        before = 0;
      }
      long used = use.of(kind);
      long beyond = Math.min(used, Math.max(0, before + used - most));
      if (!use.day.isBefore(first)) {
        requests += use.requests;
        if (beyond > 0) {
          refused += (double) beyond / used * use.requests;
          boundDays += use.day.equals(lastBound) ? 0 : 1;
          lastBound = use.day;
        }
      }
      before = monthly ? before + used : 0;
    }
    return new LimitEffect(DAYS, boundDays, Math.round(refused), requests, isByMinute(kind));
  }
}
