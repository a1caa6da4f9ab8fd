package io.penstock.api.quota.window;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * An instant as windows see it.
 *
 * @param millis since 1970
 * @param day epoch day of the day in the organization's time zone
 * @param month epoch day of the first day of its month
 * @param zone the organization's
 */
public record Moment(long millis, long day, long month, ZoneId zone) {

  public static Moment of(Instant instant, ZoneId zone) {
    LocalDate date = LocalDate.ofInstant(instant, zone);
    return new Moment(
        instant.toEpochMilli(), date.toEpochDay(), date.withDayOfMonth(1).toEpochDay(), zone);
  }

  public long second() {
    return Math.floorDiv(millis, 1000L);
  }

  /** When the next day begins; where clocks are changed at midnight, its first instant. */
  public Instant endOfDay() {
    return LocalDate.ofEpochDay(day).plusDays(1).atStartOfDay(zone).toInstant();
  }

  public Instant endOfMonth() {
    return LocalDate.ofEpochDay(month).plusMonths(1).atStartOfDay(zone).toInstant();
  }
}
