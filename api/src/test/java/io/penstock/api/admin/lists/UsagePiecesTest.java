package io.penstock.api.admin.lists;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.admin.lists.UsagePieces.Piece;
import io.penstock.api.admin.lists.UsagePieces.Span;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pieces against hours that are counted one by one. */
class UsagePiecesTest {
  private static final Instant BASE = Instant.parse("2026-11-01T00:00:00Z");
  private static final int HOURS = 40 * 24;

  /** How often each hour counts: days and weeks have those before {@code until} only. */
  private static int[] counted(UsagePieces pieces, Instant until) {
    int[] counted = new int[HOURS];
    for (int h = 0; h < HOURS; h++) {
      Instant hour = BASE.plus(Duration.ofHours(h));
      for (Piece piece : pieces.pieces()) {
        boolean inside = !hour.isBefore(piece.from()) && hour.isBefore(piece.to());
        if (inside && (piece.span() == Span.HOUR || hour.isBefore(until))) {
          counted[h] += piece.subtracted() ? -1 : 1;
        }
      }
    }
    return counted;
  }

  @Test
  void everyHourOfTheTimeCountsOnceAndNoOther() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      Instant until = BASE.plus(Duration.ofHours(random.nextInt(HOURS + 1)));
      Instant a = BASE.plusSeconds(random.nextInt(HOURS * 3600));
      Instant b = BASE.plusSeconds(random.nextInt(HOURS * 3600));
      Instant start = a.isBefore(b) ? a : b;
      Instant end = a.isBefore(b) ? b : a;

      UsagePieces pieces = UsagePieces.of(start, end, until);
      int[] counted = counted(pieces, until);
      int[] countedInWeeks = counted(pieces.inWeeks(until), until);

      int[] wanted = new int[HOURS];
      for (int h = 0; h < HOURS; h++) {
        Instant hour = BASE.plus(Duration.ofHours(h));
        wanted[h] = !hour.isBefore(start) && hour.isBefore(end) ? 1 : 0;
      }
      assertThat(counted)
          .as("%s to %s, added up until %s", start, end, until)
          .containsExactly(wanted);
      assertThat(countedInWeeks)
          .as("%s to %s in weeks, added up until %s", start, end, until)
          .containsExactly(wanted);
    }
  }

  @Test
  void fewHoursAreRead() {
    Random random = new Random(8);
    for (int i = 0; i < 20_000; i++) {
      Instant until = BASE.plus(Duration.ofHours(random.nextInt(HOURS + 1)));
      Instant start = BASE.plusSeconds(random.nextInt(HOURS * 1800));
      Instant end = start.plusSeconds(random.nextInt(HOURS * 1800));

      long hours =
          UsagePieces.of(start, end, until).pieces().stream()
              .filter(piece -> piece.span() == Span.HOUR)
              .filter(piece -> piece.from().isBefore(until))
              .mapToLong(piece -> Duration.between(piece.from(), piece.to()).toHours())
              .sum();

      assertThat(hours).as("%s to %s, until %s", start, end, until).isLessThanOrEqualTo(24);
    }
  }

  @Test
  void fewDaysAreReadBesideWeeks() {
    Random random = new Random(9);
    for (int i = 0; i < 20_000; i++) {
      Instant until = BASE.plus(Duration.ofHours(random.nextInt(HOURS + 1)));
      Instant start = BASE.plusSeconds(random.nextInt(HOURS * 1800));
      Instant end = start.plusSeconds(random.nextInt(HOURS * 1800));

      long days =
          UsagePieces.of(start, end, until).inWeeks(until).pieces().stream()
              .filter(piece -> piece.span() == Span.DAY)
              .mapToLong(piece -> Duration.between(piece.from(), piece.to()).toDays())
              .sum();

      assertThat(days).as("%s to %s, until %s", start, end, until).isLessThanOrEqualTo(6);
    }
  }

  @Test
  void daysAreMidnightsAndWeeksMondays() {
    Instant until = BASE.plus(Duration.ofHours(390));
    UsagePieces pieces =
        UsagePieces.of(BASE.plus(Duration.ofHours(30)), BASE.plus(Duration.ofHours(400)), until);

    assertThat(pieces.pieces())
        .containsExactly(
            new Piece(Span.HOUR, at(24), at(30), true),
            new Piece(Span.DAY, at(24), at(408), false),
            new Piece(Span.HOUR, at(390), at(400), false));
    // The second of November 2026 is a Monday.
    assertThat(pieces.inWeeks(until).pieces())
        .containsExactly(
            new Piece(Span.HOUR, at(24), at(30), true),
            new Piece(Span.WEEK, at(24), at(528), false),
            new Piece(Span.HOUR, at(390), at(400), false));
  }

  private static Instant at(int hours) {
    return BASE.plus(Duration.ofHours(hours));
  }
}
