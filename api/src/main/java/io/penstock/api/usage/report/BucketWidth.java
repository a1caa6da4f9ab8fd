package io.penstock.api.usage.report;

import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** How long a bucket of a report is. Buckets begin at whole minutes, hours or days of UTC. */
enum BucketWidth {
  MINUTE("1m", "minute", Duration.ofMinutes(1), 60, 1440),
  HOUR("1h", "hour", Duration.ofHours(1), 24, 168),
  DAY("1d", "day", Duration.ofDays(1), 7, 31);

  private final String text;
  private final String unit;
  private final Duration length;
  private final int defaultLimit;
  private final int mostBuckets;

  BucketWidth(String text, String unit, Duration length, int defaultLimit, int mostBuckets) {
    this.text = text;
    this.unit = unit;
    this.length = length;
    this.defaultLimit = defaultLimit;
    this.mostBuckets = mostBuckets;
  }

  /**
   * @throws ApiException 400 for a width that is not among those allowed
   */
  static BucketWidth parse(String text, List<BucketWidth> allowed) {
    return allowed.stream()
        .filter(width -> width.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                ApiException.invalid(
                    "bucket_width",
                    "bucket_width must be one of "
                        + Arrays.toString(allowed.stream().map(w -> w.text).toArray())
                        + "."));
  }

  /** As {@code date_trunc} names it. */
  String unit() {
    return unit;
  }

  /** Buckets of a page unless the request says otherwise. */
  int defaultLimit() {
    return defaultLimit;
  }

  /** Most buckets of a page. */
  int mostBuckets() {
    return mostBuckets;
  }

  /** Beginning of the bucket that a time is in. */
  Instant floor(Instant time) {
    long seconds = length.toSeconds();
    return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), seconds) * seconds);
  }

  Instant plus(Instant start, long buckets) {
    return start.plus(length.multipliedBy(buckets));
  }
}
