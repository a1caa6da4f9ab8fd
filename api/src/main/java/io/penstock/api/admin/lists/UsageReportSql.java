package io.penstock.api.admin.lists;

import io.penstock.api.admin.lists.UsagePieces.Piece;
import io.penstock.api.platform.database.SelectQuery;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statement of a report. Groups are added up without their buckets first; then only those that
 * are shown are read again with them, so that the rows of thousands of groups are never kept.
 */
final class UsageReportSql {
  /** In the order of their columns. */
  private static final List<String> SUMS =
      List.of(
          "requests",
          "prompt_tokens",
          "cached_tokens",
          "completion_tokens",
          "compute_us",
          "amount_micros");

  /** What taken-off hours leave nothing of is no group. */
  private static final String SOMETHING =
      "(%s)"
          .formatted(
              SUMS.stream().map("sum(%s) <> 0"::formatted).collect(Collectors.joining(" or ")));

  private static final String GROUPS =
      """
      with groups as materialized (
        select id, %1$s from (%2$s) as p group by id having %3$s
      ), top as materialized (
        select id, row_number() over (
          order by amount_micros desc, prompt_tokens + completion_tokens desc, id) as place
        from groups order by place limit :limit
      )
      select cast(0 as bigint) as place, null as id, null as name, null as tenant,
        cast(null as timestamptz) as bucket, %1$s, (select until from usage_days_closed) as until
      from groups
      union all
      """;

  /** Groups that come as one sum; %1$s is how many of the first do not. */
  private static final String WHOLE =
      """
      select top.place, top.id, coalesce(n.name, top.id), n.tenant, null, %2$s, null
      from top join groups s on s.id = top.id left join lateral (%3$s) as n on true
      where top.place > %1$s
      """;

  private static final String BUCKETS =
      """
      union all
      select top.place, top.id, coalesce(n.name, top.id), n.tenant, s.bucket, %1$s, null
      from top
      join (
        select id, bucket, %2$s from (%3$s) as p group by id, bucket having %4$s
      ) as s on s.id = top.id
      left join lateral (%5$s) as n on true
      """;

  /** Sums of all groups together. */
  private static final String ALL =
      """
      union all
      select 0, null, null, null, bucket, %1$s, null from (%2$s) as p group by bucket having %3$s
      """;

  private final UsageReportStore.Query query;
  private final List<Piece> pieces;

  UsageReportSql(UsageReportStore.Query query, UsagePieces pieces) {
    this.query = query;
    this.pieces = pieces.pieces();
  }

  SelectQuery select() {
    String sums = SUMS.stream().map(UsageReportSql::sum).collect(Collectors.joining(", "));
    String own = SUMS.stream().map("s."::concat).collect(Collectors.joining(", "));
    String names = query.group().names;
    String parts =
        GROUPS.formatted(sums, rows(Part.GROUPS), SOMETHING)
            + WHOLE.formatted(query.series(), own, names);
    if (query.series() > 0) {
      parts += BUCKETS.formatted(own, sums, rows(Part.SHOWN), SOMETHING, names);
    }
    if (query.others()) {
      parts += ALL.formatted(sums, rows(Part.ALL), SOMETHING);
    }
    SelectQuery select =
        new SelectQuery(parts + "order by place, bucket nulls first")
            .and("u.tenant_id = :tenantId", "tenantId", query.tenantId())
            .and(
                "u.tenant_id = (select id from tenants where name = :tenant)",
                "tenant",
                query.tenant().isBlank() ? null : query.tenant())
            .and("u.model = :model", "model", query.model().isBlank() ? null : query.model())
            .bind("limit", query.limit());
    for (int i = 0; i < pieces.size(); i++) {
      select.bind("from" + i, pieces.get(i).from()).bind("to" + i, pieces.get(i).to());
    }
    return select;
  }

  private static String sum(String column) {
    return "coalesce(sum(%1$s), 0)::bigint as %1$s".formatted(column);
  }

  /** What rows are read for: sums of groups, those of the shown ones by bucket, all by bucket. */
  private enum Part {
    GROUPS,
    SHOWN,
    ALL
  }

  private String rows(Part part) {
    return pieces.isEmpty()
        ? "select cast(null as text) as id, cast(null as timestamptz) as bucket, %s where false"
            .formatted(
                SUMS.stream()
                    .map("cast(0 as bigint) as %s"::formatted)
                    .collect(Collectors.joining(", ")))
        : IntStream.range(0, pieces.size())
            .mapToObj(i -> rows(pieces.get(i), i, part))
            .collect(Collectors.joining(" union all "));
  }

  private String rows(Piece piece, int number, Part part) {
    boolean grouped =
        piece.days()
            && query.tenantId() == null
            && query.tenant().isBlank()
            && query.model().isBlank();
    String time = piece.days() ? "u.day" : "u.hour";
    String group = grouped ? "u.id" : "u." + query.group().column;
    String bucket =
        piece.days() || query.bucket().equals("hour")
            ? time
            : "date_bin('1 day', u.hour, '1970-01-01 00:00:00Z')";
    // All together are summed up fastest from where there are the fewest groups.
    String by = part == Part.ALL ? "tier" : query.group().word();
    return "select %s%s from %s u where %s >= :from%d and %s < :to%d and %s%s"
        .formatted(
            switch (part) {
              case GROUPS -> group + "::text as id, ";
              case SHOWN -> "%s::text as id, %s as bucket, ".formatted(group, bucket);
              case ALL -> bucket + " as bucket, ";
            },
            SUMS.stream()
                .map((piece.subtracted() ? "-u.%1$s as %1$s" : "u.%1$s")::formatted)
                .collect(Collectors.joining(", ")),
            grouped ? "usage_by_day_and_group" : piece.days() ? "usage_by_day" : "usage_hourly",
            time,
            number,
            time,
            number,
            grouped ? "u.grouped_by = '%s'".formatted(by) : "{where}",
            part != Part.SHOWN
                ? ""
                : " and %s = any(array(select %s from top where place <= %d))"
                    .formatted(
                        group,
                        query.group().isUuid() && !grouped ? "cast(id as uuid)" : "id",
                        query.series()));
  }
}
