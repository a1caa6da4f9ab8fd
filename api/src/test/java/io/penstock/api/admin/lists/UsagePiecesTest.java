package io.penstock.api.admin.lists;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.admin.lists.UsagePieces.Piece;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pieces against hours that are counted one by one. */
class UsagePiecesTest {
  private static final Instant BASE = Instant.parse("2026-11-01T00:00:00Z");
  private static final int HOURS = 8 * 24;

  /** How often each hour counts: days have those before {@code until} only. */
  private static int[] counted(UsagePieces pieces, Instant until) {
    int[] counted = new int[HOURS];
    for (int h = 0; h < HOURS; h++) {
      Instant hour = BASE.plus(Duration.ofHours(h));
      for (Piece piece : pieces.pieces()) {
        boolean inside = !hour.isBefore(piece.from()) && hour.isBefore(piece.to());
        if (inside && (!piece.days() || hour.isBefore(until))) {
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

      int[] counted = counted(UsagePieces.of(start, end, until), until);

      for (int h = 0; h < HOURS; h++) {
        Instant hour = BASE.plus(Duration.ofHours(h));
        int wanted = !hour.isBefore(start) && hour.isBefore(end) ? 1 : 0;
        assertThat(counted[h])
            .as("%s of %s to %s, added up until %s", hour, start, end, until)
            .isEqualTo(wanted);
      }
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
              .filter(piece -> !piece.days())
              .filter(piece -> piece.from().isBefore(until))
              .mapToLong(piece -> Duration.between(piece.from(), piece.to()).toHours())
              .sum();

      assertThat(hours).as("%s to %s, until %s", start, end, until).isLessThanOrEqualTo(24);
    }
  }

  @Test
  void daysAreMidnights() {
    UsagePieces pieces =
        UsagePieces.of(
            BASE.plus(Duration.ofHours(30)),
            BASE.plus(Duration.ofHours(150)),
            BASE.plus(Duration.ofHours(100)));

    assertThat(pieces.pieces())
        .containsExactly(
            new Piece(false, at(24), at(30), true),
            new Piece(true, at(24), at(120), false),
            new Piece(false, at(100), at(150), false));
  }

  private static Instant at(int hours) {
    return BASE.plus(Duration.ofHours(hours));
  }
}
