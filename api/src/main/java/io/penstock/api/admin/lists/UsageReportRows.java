package io.penstock.api.admin.lists;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes a report of the rows of {@link UsageReportSql}, which come in the order of their places.
 */
final class UsageReportRows {
  private static final UsageReportStore.Sums NOTHING = new UsageReportStore.Sums(0, 0, 0, 0, 0, 0);

  /** Groups up to this place are told by bucket. */
  private final int series;

  private final List<UsageReportStore.Row> rows = new ArrayList<>();
  private final Map<Long, UsageReportStore.Sums> others = new TreeMap<>();
  private UsageReportStore.Sums total = NOTHING;
  private Instant until;

  /** The group whose buckets are being read, and what it used by bucket. */
  private UsageReportStore.Row group;

  private final Map<Long, UsageReportStore.Sums> buckets = new TreeMap<>();

  UsageReportRows(int series) {
    this.series = series;
  }

  /** How far days were added up when they were read. */
  Instant until() {
    return until;
  }

  /** By number, which is faster than by name for the thousands of rows of an export. */
  UsageReportRows add(Readable row) {
    long place = row.get(UsageReportSql.PLACE, Long.class);
    Long bucket = row.get(UsageReportSql.BUCKET, Long.class);
    UsageReportStore.Sums sums = sums(row);
    if (place == 0) {
      if (bucket == null) {
        total = sums;
        until = row.get(UsageReportSql.UNTIL, Instant.class);
      } else {
        others.put(bucket, sums);
      }
    } else if (bucket == null) {
      endGroup();
      group =
          new UsageReportStore.Row(
              row.get(UsageReportSql.ID, String.class),
              row.get(UsageReportSql.NAME, String.class),
              row.get(UsageReportSql.TENANT, String.class),
              null,
              sums);
      if (place > series) {
        rows.add(group);
      }
    } else {
      buckets.merge(bucket, sums, UsageReportStore.Sums::plus);
    }
    return this;
  }

  private static UsageReportStore.Sums sums(Readable row) {
    int at = UsageReportSql.FIRST_SUM;
    return new UsageReportStore.Sums(
        row.get(at, Long.class),
        row.get(at + 1, Long.class),
        row.get(at + 2, Long.class),
        row.get(at + 3, Long.class),
        row.get(at + 4, Long.class),
        row.get(at + 5, Long.class));
  }

  private void endGroup() {
    buckets.forEach(
        (bucket, sums) -> {
          // Hours that are taken off a day may leave nothing of it.
          if (!sums.equals(NOTHING)) {
            rows.add(
                new UsageReportStore.Row(
                    group.id(), group.name(), group.tenant(), Instant.ofEpochSecond(bucket), sums));
            others.computeIfPresent(bucket, (_, all) -> all.minus(sums));
          }
        });
    buckets.clear();
  }

  UsageReportController.Report report() {
    endGroup();
    return new UsageReportController.Report(
        total,
        List.copyOf(rows),
        others.entrySet().stream()
            .map(
                e ->
                    new UsageReportController.Others(
                        Instant.ofEpochSecond(e.getKey()), e.getValue()))
            .toList());
  }
}
