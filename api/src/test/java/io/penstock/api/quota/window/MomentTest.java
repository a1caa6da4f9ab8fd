package io.penstock.api.quota.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class MomentTest {
  @Test
  void daysAndMonthsAreTheTenants() {
    Instant instant = Instant.parse("2026-11-30T23:30:00.250Z");
    Moment london = Moment.of(instant, ZoneId.of("Europe/London"));
    Moment berlin = Moment.of(instant, ZoneId.of("Europe/Berlin"));

    assertThat(london.day()).isEqualTo(LocalDate.of(2026, 11, 30).toEpochDay());
    assertThat(london.month()).isEqualTo(LocalDate.of(2026, 11, 1).toEpochDay());
    assertThat(london.endOfDay()).isEqualTo("2026-12-01T00:00:00Z");
    assertThat(berlin.day()).isEqualTo(LocalDate.of(2026, 12, 1).toEpochDay());
    assertThat(berlin.month()).isEqualTo(berlin.day());
    assertThat(berlin.endOfMonth()).isEqualTo("2026-12-31T23:00:00Z");
    assertThat(london.second()).isEqualTo(instant.getEpochSecond());
  }

  @Test
  void daysWithAnotherHourEndWhereTheyEnd() {
    Moment shortDay = Moment.of(Instant.parse("2026-03-29T00:30:00Z"), ZoneId.of("Europe/Berlin"));
    assertThat(shortDay.endOfDay()).isEqualTo("2026-03-29T22:00:00Z"); // 23 hours long
    Moment midnightChange =
        Moment.of(Instant.parse("2026-09-05T12:00:00Z"), ZoneId.of("America/Santiago"));
    assertThat(midnightChange.endOfDay()).isEqualTo("2026-09-06T04:00:00Z"); // 00:00 is skipped
  }
}
