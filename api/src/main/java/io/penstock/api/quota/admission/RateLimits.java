package io.penstock.api.quota.admission;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import io.penstock.api.quota.window.SlidingMinute;
import java.time.Duration;
import java.util.List;

/**
 * How much of the rates is left, for a response's headers: of each kind the limit of which the
 * least is left.
 *
 * @param requests null when nothing limits them by minute or day
 * @param tokens null when nothing limits them by minute
 */
public record RateLimits(Rate requests, Rate tokens) {
  /** Nothing is limited. */
  public static final RateLimits NONE = new RateLimits(null, null);

  /** OpenAI's clients cannot leave a limit out, so this stands for none. */
  private static final long UNLIMITED = 1_000_000_000_000_000L;

  /**
   * One rate.
   *
   * @param reset until all of it is there again, as far as is known now
   */
  public record Rate(long limit, long remaining, Duration reset) {}

  /** To be called after the decision; the counters are at that moment. */
  public static RateLimits of(List<Bound> bounds, Counter[] counters, Moment now) {
    Rate requests = null;
    Rate tokens = null;
    for (int i = 0; i < bounds.size(); i++) {
      Bound bound = bounds.get(i);
      if (bound.value() >= UNLIMITED) {
        continue;
      }
      Counter counter = counters[bound.counter()];
      switch (bound.kind()) {
        case REQUESTS_PER_MINUTE, REQUESTS_PER_DAY ->
            requests = less(requests, bound, counter, now);
        case TOKENS_PER_MINUTE, OUTPUT_TOKENS_PER_MINUTE ->
            tokens = less(tokens, bound, counter, now);
        default -> {}
      }
    }
    return requests == null && tokens == null ? NONE : new RateLimits(requests, tokens);
  }

  private static Rate less(Rate rate, Bound bound, Counter counter, Moment now) {
    long held = Gauge.held(bound.kind(), counter);
    long remaining = Math.max(0, bound.value() - Gauge.used(bound.kind(), counter) - held);
    return rate != null && rate.remaining <= remaining
        ? rate
        : new Rate(bound.value(), remaining, reset(bound.kind(), counter, held, now));
  }

  private static Duration reset(LimitKind kind, Counter counter, long held, Moment now) {
    SlidingMinute minute = Admission.minute(kind, counter);
    if (minute == null) {
      return Duration.ofMillis(now.endOfDay().toEpochMilli() - now.millis());
    }
    if (held > 0) { // counts for a minute from its settlement on
      return Duration.ofSeconds(SlidingMinute.SLICES);
    }
    return minute.sum() == 0 ? Duration.ZERO : Admission.until(minute.secondOfAtMost(0), now);
  }
}
