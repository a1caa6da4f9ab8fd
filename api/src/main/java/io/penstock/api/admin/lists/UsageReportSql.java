package io.penstock.api.admin.lists;

import io.penstock.api.admin.lists.UsagePieces.Piece;
import io.penstock.api.admin.lists.UsagePieces.Span;
import io.penstock.api.platform.database.SelectQuery;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The statement of a report. Groups are added up without their buckets first, from weeks where it
 * can be; then only those that are shown are read again with them, so that the rows of thousands of
 * groups are never kept.
 *
 * <p>Its rows are, by {@code place}: 0 without a bucket, the sum of all; 0 with one, the sum of all
 * of that time; 1 and more without one, a group with its names; with one, a part of what that group
 * used in that time. Parts of the same time are the reader's to add up, and may be nothing
 * together.
 */
final class UsageReportSql {
  /** Of the rows. */
  static final int PLACE = 0;

  static final int ID = 1;
  static final int NAME = 2;
  static final int TENANT = 3;

  /** Seconds since 1970; null for the whole time. */
  static final int BUCKET = 4;

  /** The first of the sums, which follow each other as {@link #SUMS}. */
  static final int FIRST_SUM = 5;

  /** How far days are added up; with the sum of all only. */
  static final int UNTIL = 11;

  /** In the order of their columns. */
  private static final List<String> SUMS =
      List.of(
          "requests",
          "prompt_tokens",
          "cached_tokens",
          "completion_tokens",
          "compute_us",
          "amount_micros");

  private static final String ADDED = sums("coalesce(sum(%1$s), 0)::bigint as %1$s"::formatted);

  /** What taken-off hours leave nothing of is no group. */
  private static final String SOMETHING =
      SUMS.stream().map("sum(%s) <> 0"::formatted).collect(Collectors.joining(" or "));

  /** Groups whose days are looked up one by one. */
  private static final int FEW = 20;

  private static final String SECONDS = "extract(epoch from %s)::bigint";

  private static final String GROUPS =
      """
      with groups as materialized (
        select id, %1$s from (%2$s) as p group by id having %3$s
      ), top as materialized (
        select *, row_number() over (
          order by amount_micros desc, prompt_tokens + completion_tokens desc, id) as place
        from groups order by place limit :limit
      )
      select cast(0 as bigint), cast(null as text), cast(null as text), cast(null as text),
        cast(null as bigint), %1$s, (select until from usage_days_closed)
      from groups
      union all
      select top.place, top.id, coalesce(n.name, top.id), n.tenant, null, %4$s, null
      from top left join lateral (%5$s) as n on true
      """;

  /** Of groups that are told by bucket. */
  private static final String PART =
      """
      union all
      select top.place, null, null, null, s.bucket, %1$s, null
      from top join (%2$s) as s on s.id = top.id
      """;

  /** Sums of all groups together. */
  private static final String ALL =
      """
      union all
      select 0, null, null, null, bucket, %1$s, null from (%2$s) as p group by bucket having %3$s
      """;

  private final UsageReportStore.Query query;
  private final List<Piece> pieces;
  private final List<Piece> ofGroups;
  private final Map<Instant, String> times = new LinkedHashMap<>();

  /**
   * @param until how far the days of the pieces are added up
   */
  UsageReportSql(UsageReportStore.Query query, UsagePieces pieces, Instant until) {
    this.query = query;
    this.pieces = pieces.pieces();
    ofGroups = ofAll() ? pieces.inWeeks(until).pieces() : this.pieces;
  }

  SelectQuery select() {
    StringBuilder sql =
        new StringBuilder(
            GROUPS.formatted(
                ADDED,
                together(ofGroups, this::groupRows),
                SOMETHING,
                sums("top."::concat),
                query.group().names));
    if (query.series() > 0) {
      for (Piece piece : pieces) {
        sql.append(PART.formatted(sums("s."::concat), shownRows(piece)));
      }
    }
    if (query.others()) {
      sql.append(ALL.formatted(ADDED, together(pieces, this::allRows), SOMETHING));
    }
    SelectQuery select =
        new SelectQuery(sql.append("order by 1, 5 nulls first").toString())
            .and("u.tenant_id = :tenantId", "tenantId", query.tenantId())
            .and(
                "u.tenant_id = (select id from tenants where name = :tenant)",
                "tenant",
                query.tenant().isBlank() ? null : query.tenant())
            .and("u.model = :model", "model", query.model().isBlank() ? null : query.model())
            .bind("limit", query.limit());
    times.forEach((time, name) -> select.bind(name, time));
    return select;
  }

  /** Whether sums by one thing alone, of all organizations, are what is asked for. */
  private boolean ofAll() {
    return query.tenantId() == null && query.tenant().isBlank() && query.model().isBlank();
  }

  private String together(List<Piece> pieces, Function<Piece, String> rows) {
    return pieces.isEmpty()
        ? "select cast(null as text) as id, cast(null as bigint) as bucket, %s where false"
            .formatted(sums("cast(0 as bigint) as %s"::formatted))
        : pieces.stream().map(rows).collect(Collectors.joining(" union all "));
  }

  private String groupRows(Piece piece) {
    return "select %s::text as id, %s from %s"
        .formatted(group(piece), signed(piece, "u.%s"), from(piece, query.group()));
  }

  /** All together are summed up fastest from where there are the fewest groups. */
  private String allRows(Piece piece) {
    return "select %s as bucket, %s from %s"
        .formatted(
            bucket(piece), signed(piece, "u.%s"), from(piece, UsageReportController.Group.TIER));
  }

  private String shownRows(Piece piece) {
    // Days by one thing have a row for each already.
    boolean added = !byOne(piece);
    String shown =
        "select %s from top where place <= %d"
            .formatted(added && query.group().isUuid() ? "cast(id as uuid)" : "id", query.series());
    // Rows of few groups are found by the index; a list of many would be compared one by one.
    boolean few = !added && query.series() <= FEW;
    return "select %1$s::text as id, %2$s as bucket, %3$s from %4$s and %1$s %5$s %6$s"
        .formatted(
            group(piece),
            bucket(piece),
            signed(piece, added ? "sum(u.%s)::bigint" : "u.%s"),
            from(piece, query.group()),
            few ? "= any(array(" + shown + "))" : "in (" + shown + ")",
            added ? "group by 1, 2" : "");
  }

  private boolean byOne(Piece piece) {
    return piece.span() != Span.HOUR && ofAll();
  }

  private String group(Piece piece) {
    return byOne(piece) ? "u.id" : "u." + query.group().column;
  }

  private String bucket(Piece piece) {
    return SECONDS.formatted(
        piece.span() == Span.DAY
            ? "u.day"
            : query.bucket().equals("hour")
                ? "u.hour"
                : "date_bin('1 day', u.hour, '1970-01-01 00:00:00Z')");
  }

  private static String signed(Piece piece, String value) {
    return sums(sum -> (piece.subtracted() ? "-" : "") + value.formatted(sum) + " as " + sum);
  }

  private static String sums(Function<String, String> column) {
    return SUMS.stream().map(column).collect(Collectors.joining(", "));
  }

  /** Table {@code u} and which of its rows. */
  private String from(Piece piece, UsageReportController.Group group) {
    String table =
        switch (piece.span()) {
          case HOUR -> "usage_hourly";
          case DAY -> byOne(piece) ? "usage_by_day_and_group" : "usage_by_day";
          case WEEK -> "usage_by_week_and_group";
        };
    return "%1$s u where u.%2$s >= :%3$s and u.%2$s < :%4$s and %5$s"
        .formatted(
            table,
            piece.span().name().toLowerCase(Locale.ROOT),
            time(piece.from()),
            time(piece.to()),
            byOne(piece) ? "u.grouped_by = '" + group.word() + "'" : "{where}");
  }

  private String time(Instant at) {
    return times.computeIfAbsent(at, _ -> "time" + times.size());
  }
}
