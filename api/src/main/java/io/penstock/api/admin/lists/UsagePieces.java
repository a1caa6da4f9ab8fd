package io.penstock.api.admin.lists;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How the sums of a time are put together: from days or weeks as far as they are added up, and from
 * hours where a day does not fit. Of a day that the time begins or ends in, its hours inside are
 * added, or those outside are taken off its sum, whichever are fewer; so no more than 12 hours are
 * read on each side, and behind what is added up those that are not yet. Weeks are to days as days
 * are to hours.
 */
record UsagePieces(List<Piece> pieces) {

  /** What sums there are of; weeks begin on Monday, all of UTC. */
  enum Span {
    HOUR(Duration.ofHours(1), Instant.EPOCH),
    DAY(Duration.ofDays(1), Instant.EPOCH),
    WEEK(Duration.ofDays(7), Instant.parse("1970-01-05T00:00:00Z"));

    private final long seconds;
    private final long offset;

    Span(Duration length, Instant any) {
      seconds = length.toSeconds();
      offset = any.getEpochSecond();
    }

    private Instant next(Instant at) {
      return at.plusSeconds(seconds);
    }

    private Instant floor(Instant at) {
      return at.minusNanos(at.getNano())
          .minusSeconds(Math.floorMod(at.getEpochSecond() - offset, seconds));
    }

    private Instant ceiling(Instant at) {
      Instant floor = floor(at);
      return floor.equals(at) ? floor : next(floor);
    }

    /** How many there are between two beginnings. */
    private long between(Instant from, Instant to) {
      return Duration.between(from, to).toSeconds() / seconds;
    }
  }

  /**
   * Hours, or days or weeks as far as they are added up.
   *
   * @param from where one of them begins, as {@code to}, which is exclusive
   * @param subtracted whether it is taken off the others
   */
  record Piece(Span span, Instant from, Instant to, boolean subtracted) {}

  /**
   * All that was used in the hours that begin between two times, by hours and days.
   *
   * @param until a full hour: those before it are added up to days and weeks
   */
  static UsagePieces of(Instant start, Instant end, Instant until) {
    Instant first = Span.HOUR.ceiling(start);
    Instant last = Span.HOUR.ceiling(end);
    Instant closed = min(max(until, first), last);
    List<Piece> pieces = new ArrayList<>();
    if (first.isBefore(closed)) {
      split(new Piece(Span.HOUR, first, closed, false), Span.DAY, until, pieces);
    }
    add(Span.HOUR, closed, last, false, pieces);
    return new UsagePieces(List.copyOf(pieces));
  }

  /** Hours alone, for sums by the hour. */
  static UsagePieces ofHours(Instant start, Instant end) {
    List<Piece> pieces = new ArrayList<>();
    add(Span.HOUR, start, end, false, pieces);
    return new UsagePieces(List.copyOf(pieces));
  }

  /** The same with weeks for most of the days, for sums that are of no day. */
  UsagePieces inWeeks(Instant until) {
    List<Piece> most = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece.span() == Span.DAY) {
        split(piece, Span.WEEK, until, most);
      } else {
        most.add(piece);
      }
    }
    return new UsagePieces(List.copyOf(most));
  }

  /**
   * @param all of what is before {@code until}, and added
   * @param whole what it is put together from, but for what does not fit
   */
  private static void split(Piece all, Span whole, Instant until, List<Piece> pieces) {
    Span part = all.span();
    Instant first = all.from();
    Instant last = all.to();
    Instant begun = whole.floor(first);
    Instant behind = whole.ceiling(last);
    // What the first and the last of them have that is not asked for.
    Instant lastSum = min(behind, part.ceiling(until));
    Instant second = whole.next(begun);
    Instant lastBegun = whole.floor(last);
    if (!last.isAfter(second)) {
      if (part.between(first, last) <= part.between(begun, first) + part.between(last, lastSum)) {
        pieces.add(all);
        return;
      }
      pieces.add(new Piece(whole, begun, second, false));
      add(part, begun, first, true, pieces);
      add(part, last, lastSum, true, pieces);
      return;
    }
    Instant from = begun;
    Instant to = behind;
    if (part.between(first, second) < part.between(begun, first)) {
      add(part, first, second, false, pieces);
      from = second;
    } else {
      add(part, begun, first, true, pieces);
    }
    if (part.between(lastBegun, last) < part.between(last, lastSum)) {
      add(part, lastBegun, last, false, pieces);
      to = lastBegun;
    } else {
      add(part, last, lastSum, true, pieces);
    }
    add(whole, from, to, false, pieces);
  }

  private static void add(
      Span span, Instant from, Instant to, boolean subtracted, List<Piece> pieces) {
    if (from.isBefore(to)) {
      pieces.add(new Piece(span, from, to, subtracted));
    }
  }

  private static Instant min(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant max(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
