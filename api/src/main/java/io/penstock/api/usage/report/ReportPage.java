package io.penstock.api.usage.report;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * A report in OpenAI's shape.
 *
 * @param object always {@code page}
 * @param nextPage what to pass as {@code page} for the next one; null on the last
 */
record ReportPage<R>(String object, List<Bucket<R>> data, boolean hasMore, String nextPage) {

  /**
   * A bucket.
   *
   * @param object always {@code bucket}
   * @param startTime seconds since 1970
   * @param endTime its end, exclusive
   */
  record Bucket<R>(String object, long startTime, long endTime, List<R> results) {}

  static <R> ReportPage<R> of(
      ReportQuery query, ReportStore.Page page, Function<ReportStore.Result, R> result) {
    Instant next = page.next();
    return new ReportPage<>(
        "page",
        page.buckets().entrySet().stream()
            .map(
                bucket ->
                    new Bucket<>(
                        "bucket",
                        bucket.getKey().getEpochSecond(),
                        query.width().plus(bucket.getKey(), 1).getEpochSecond(),
                        bucket.getValue().stream().map(result).toList()))
            .toList(),
        next != null,
        next == null ? null : ReportQuery.page(next));
  }
}
