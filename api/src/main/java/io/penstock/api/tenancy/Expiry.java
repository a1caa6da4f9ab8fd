package io.penstock.api.tenancy;

import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.time.Instant;

/** How long keys live, as requests say it. */
final class Expiry {
  private static final long TEN_YEARS_SECONDS = 10L * 366 * 24 * 3600;
  private static final long DAY_SECONDS = 24L * 3600;
  private static final long MOST_OVERLAP_SECONDS = 90 * DAY_SECONDS;

  private Expiry() {}

  /**
   * @param seconds from now; null for never
   */
  static Instant in(Long seconds) {
    if (seconds == null) {
      return null;
    }
    if (seconds < 1 || seconds > TEN_YEARS_SECONDS) {
      throw ApiException.invalid(
          "expires_in_seconds",
          "expires_in_seconds must be between 1 and " + TEN_YEARS_SECONDS + ".");
    }
    return Instant.now().plusSeconds(seconds);
  }

  /**
   * How long a rotated key still works.
   *
   * @param seconds null for a day
   */
  static Duration overlap(Long seconds) {
    if (seconds == null) {
      return Duration.ofSeconds(DAY_SECONDS);
    }
    if (seconds < 0 || seconds > MOST_OVERLAP_SECONDS) {
      throw ApiException.invalid(
          "overlap_seconds", "overlap_seconds must be between 0 and " + MOST_OVERLAP_SECONDS + ".");
    }
    return Duration.ofSeconds(seconds);
  }
}
