package io.penstock.api.admin.lists;

import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.HOURS;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * How the sums of a time are put together: from days as far as they are added up, and from hours
 * where a day does not fit. Of a day that the time begins or ends in, its hours inside are added,
 * or those outside are taken off its sum, whichever are fewer; so no more than 12 hours are read on
 * each side, and behind what is added up those that are not yet.
 */
record UsagePieces(List<Piece> pieces) {

  /**
   * Hours, or days as far as they are added up.
   *
   * @param from full hours, as {@code to}, which is exclusive; midnights of UTC for days
   * @param subtracted whether it is taken off the others
   */
  record Piece(boolean days, Instant from, Instant to, boolean subtracted) {}

  /**
   * All that was used in the hours that begin between two times.
   *
   * @param until a full hour: those before it are added up to days
   */
  static UsagePieces of(Instant start, Instant end, Instant until) {
    Instant first = ceiling(start, HOURS);
    Instant last = ceiling(end, HOURS);
    Instant closed = min(max(until, first), last);
    List<Piece> pieces = new ArrayList<>();
    if (first.isBefore(closed)) {
      addDays(first, closed, until, pieces);
    }
    addHours(closed, last, false, pieces);
    return new UsagePieces(List.copyOf(pieces));
  }

  /** Hours alone, for sums by the hour. */
  static UsagePieces ofHours(Instant start, Instant end) {
    List<Piece> pieces = new ArrayList<>();
    addHours(start, end, false, pieces);
    return new UsagePieces(List.copyOf(pieces));
  }

  private static void addDays(Instant first, Instant last, Instant until, List<Piece> pieces) {
    Instant firstDay = first.truncatedTo(DAYS);
    Instant behind = ceiling(last, DAYS);
    // What the sums of the first and the last day have that is not asked for.
    Instant lastSum = min(behind, until);
    Instant secondDay = firstDay.plus(1, DAYS);
    Instant lastDay = last.truncatedTo(DAYS);
    if (!last.isAfter(secondDay)) {
      if (between(first, last) <= between(firstDay, first) + between(last, lastSum)) {
        addHours(first, last, false, pieces);
        return;
      }
      pieces.add(new Piece(true, firstDay, secondDay, false));
      addHours(firstDay, first, true, pieces);
      addHours(last, lastSum, true, pieces);
      return;
    }
    Instant from = firstDay;
    Instant to = behind;
    if (between(first, secondDay) < between(firstDay, first)) {
      addHours(first, secondDay, false, pieces);
      from = secondDay;
    } else {
      addHours(firstDay, first, true, pieces);
    }
    if (between(lastDay, last) < between(last, lastSum)) {
      addHours(lastDay, last, false, pieces);
      to = lastDay;
    } else {
      addHours(last, lastSum, true, pieces);
    }
    if (from.isBefore(to)) {
      pieces.add(new Piece(true, from, to, false));
    }
  }

  private static void addHours(Instant from, Instant to, boolean subtracted, List<Piece> pieces) {
    if (from.isBefore(to)) {
      pieces.add(new Piece(false, from, to, subtracted));
    }
  }

  private static long between(Instant from, Instant to) {
    return HOURS.between(from, to);
  }

  private static Instant ceiling(Instant at, ChronoUnit unit) {
    Instant floor = at.truncatedTo(unit);
    return floor.equals(at) ? floor : floor.plus(1, unit);
  }

  private static Instant min(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant max(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
