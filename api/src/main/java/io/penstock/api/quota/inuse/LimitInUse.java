package io.penstock.api.quota.inuse;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.quota.admission.Gauge;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/**
 * A limit and how much of it is used.
 *
 * @param scope whose requests are counted: organization, project or key
 * @param kind such as {@code tokens_per_minute}
 * @param model the only one that it is about; empty for all together
 * @param setBy plan, or the scope itself
 * @param used in the window that runs, in the kind's unit
 * @param held by requests that run
 * @param window minute, day, month, now for what runs at once, request, or none for credit
 * @param resetsAt when the window ends; null where it slides or there is none
 * @param expected used by the window's end, if it goes on as in this window so far; null where
 *     there is no such end, or it has only begun
 * @param reachedAt when the limit would be reached at that pace; null when it would not
 */
record LimitInUse(
    String scope,
    String kind,
    String model,
    String setBy,
    long value,
    boolean partial,
    long used,
    long held,
    String window,
    Instant resetsAt,
    Long expected,
    Instant reachedAt) {

  /** Paces of shorter times say little. */
  private static final Duration LEAST_ELAPSED = Duration.ofMinutes(5);

  /**
   * @param scope that it counts on
   */
  static LimitInUse of(LimitSetting limit, LimitScope scope, Counter counter, Moment now) {
    LimitKind kind = limit.kind();
    long used = Gauge.used(kind, counter);
    long held = Gauge.held(kind, counter);
    String window = window(kind);
    Instant end =
        switch (window) {
          case "day" -> now.endOfDay();
          case "month" -> now.endOfMonth();
          default -> null;
        };
    Instant begin =
        switch (window) {
          case "day" -> LocalDate.ofEpochDay(now.day()).atStartOfDay(now.zone()).toInstant();
          case "month" -> LocalDate.ofEpochDay(now.month()).atStartOfDay(now.zone()).toInstant();
          default -> null;
        };
    Instant at = Instant.ofEpochMilli(now.millis());
    boolean paced = begin != null && Duration.between(begin, at).compareTo(LEAST_ELAPSED) > 0;
    double perMilli = paced ? (double) used / Duration.between(begin, at).toMillis() : 0;
    return new LimitInUse(
        scope.text(),
        kind.text(),
        limit.model(),
        limit.scope() == scope ? scope.text() : "plan",
        limit.value(),
        limit.partial(),
        used,
        held,
        window,
        end,
        paced ? used + (long) (perMilli * Duration.between(at, end).toMillis()) : null,
        reached(limit.value() - used - held, perMilli, at, end));
  }

  private static Instant reached(long left, double perMilli, Instant at, Instant end) {
    if (perMilli <= 0) {
      return null;
    }
    Instant when = left <= 0 ? at : at.plusMillis((long) Math.min(1e14, left / perMilli));
    return when.isBefore(end) ? when : null;
  }

  private static String window(LimitKind kind) {
    return switch (kind) {
      case REQUESTS_PER_MINUTE, TOKENS_PER_MINUTE, OUTPUT_TOKENS_PER_MINUTE -> "minute";
      case REQUESTS_PER_DAY, TOKENS_PER_DAY, SPEND_PER_DAY -> "day";
      case TOKENS_PER_MONTH, SPEND_PER_MONTH -> "month";
      case CONCURRENT_REQUESTS -> "now";
      case MAX_CONTEXT_TOKENS, MAX_OUTPUT_TOKENS -> "request";
      case CREDIT -> "none";
    };
  }
}
