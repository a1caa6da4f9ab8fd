package io.penstock.api.quota.admission;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import io.penstock.api.quota.window.SlidingMinute;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Decides whether a request fits into its limits, and if so makes its counters hold it. A pure
 * computation: the same counters and the same moment give the same answer.
 *
 * <p>The invariant: for every limit, used plus held plus requested is at most the limit when a
 * request is admitted, and nothing but an admission makes it larger.
 */
public final class Admission {
  /** What a client should wait for room that running requests hold: nobody knows how long. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private Admission() {}

  /**
   * @param counters all that count the request; those that bounds name are among them
   */
  public static Verdict decide(Demand demand, List<Bound> bounds, Counter[] counters, Moment now) {
    for (Counter counter : counters) {
      counter.advance(now);
    }
    long output = demand.output();
    Bound ends = null;
    for (int i = 0; i < bounds.size(); i++) {
      Bound bound = bounds.get(i);
      if (bound.partial()) {
        long fits = fitting(bound, counters[bound.counter()], demand, output);
        if (fits < output) {
          output = fits;
          ends = bound;
        }
      }
    }
    Verdict.Refused refused =
        refusal(demand, Math.max(output, demand.least()), bounds, counters, now);
    if (refused != null) {
      return refused;
    }
    Amounts hold = demand.hold(output);
    for (Counter counter : counters) {
      counter.admit(now, hold);
    }
    return new Verdict.Granted(
        hold, output, ends, ends == null ? 0 : taken(ends.kind(), counters[ends.counter()]));
  }

  /** The refusal that lasts the longest; null when all limits have room. */
  private static Verdict.Refused refusal(
      Demand demand, long output, List<Bound> bounds, Counter[] counters, Moment now) {
    Verdict.Refused worst = null;
    for (int i = 0; i < bounds.size(); i++) {
      Bound bound = bounds.get(i);
      Counter counter = counters[bound.counter()];
      long need = Gauge.need(bound.kind(), demand, output);
      if (need > bound.value() - taken(bound.kind(), counter)) {
        long wanted = bound.partial() ? need : Gauge.need(bound.kind(), demand, demand.output());
        Verdict.Refused refused = refused(bound, counter, need, wanted, now);
        if (worst == null || lasts(refused, worst)) {
          worst = refused;
        }
      }
    }
    return worst;
  }

  private static boolean lasts(Verdict.Refused one, Verdict.Refused other) {
    return other.retryAfter() != null
        && (one.retryAfter() == null || one.retryAfter().compareTo(other.retryAfter()) > 0);
  }

  private static Verdict.Refused refused(
      Bound bound, Counter counter, long need, long wanted, Moment now) {
    long used = Gauge.used(bound.kind(), counter);
    long held = Gauge.held(bound.kind(), counter);
    Instant resets = resets(bound.kind(), now);
    boolean heldOnly = used + need <= bound.value();
    Duration wait;
    if (heldOnly) {
      wait = SOON;
    } else if (need > bound.value()) {
      wait = null; // not even when nothing else is used
    } else {
      wait = untilRoom(bound, counter, need + held, now, resets);
    }
    return new Verdict.Refused(bound, used + held, wanted, wait, resets, heldOnly);
  }

  /** Until enough of what was used has left the window; null when it never does. */
  private static Duration untilRoom(
      Bound bound, Counter counter, long need, Moment now, Instant resets) {
    SlidingMinute minute = minute(bound.kind(), counter);
    if (minute != null) {
      return until(minute.secondOfAtMost(Math.max(0, bound.value() - need)), now);
    }
    return resets == null ? null : Duration.ofMillis(resets.toEpochMilli() - now.millis());
  }

  static Duration until(long second, Moment now) {
    return Duration.ofMillis(Math.max(1, second * 1000 - now.millis()));
  }

  static SlidingMinute minute(LimitKind kind, Counter counter) {
    return switch (kind) {
      case REQUESTS_PER_MINUTE -> counter.requests();
      case TOKENS_PER_MINUTE -> counter.tokens();
      case OUTPUT_TOKENS_PER_MINUTE -> counter.output();
      default -> null;
    };
  }

  private static Instant resets(LimitKind kind, Moment now) {
    return switch (kind) {
      case REQUESTS_PER_DAY, TOKENS_PER_DAY, SPEND_PER_DAY -> now.endOfDay();
      case TOKENS_PER_MONTH, SPEND_PER_MONTH -> now.endOfMonth();
      default -> null;
    };
  }

  private static long taken(LimitKind kind, Counter counter) {
    return Gauge.used(kind, counter) + Gauge.held(kind, counter);
  }

  /** The longest output, at most {@code wanted}, that the limit has room for; 0 when none does. */
  private static long fitting(Bound bound, Counter counter, Demand demand, long wanted) {
    long left = bound.value() - taken(bound.kind(), counter);
    if (Gauge.need(bound.kind(), demand, wanted) <= left) {
      return wanted;
    }
    long fits = 0;
    long fitsNot = wanted;
    while (fitsNot - fits > 1) {
      long middle = (fits + fitsNot) >>> 1;
      if (Gauge.need(bound.kind(), demand, middle) <= left) {
        fits = middle;
      } else {
        fitsNot = middle;
      }
    }
    return fits;
  }
}
