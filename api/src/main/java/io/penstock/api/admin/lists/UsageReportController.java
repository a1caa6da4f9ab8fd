package io.penstock.api.admin.lists;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * What was used by time and group, with its sum: by all organizations for the operator, and by one
 * for its people. The same sums in OpenAI's shape are the usage and cost endpoints'.
 */
@RestController
class UsageReportController {
  private static final Duration LONGEST = Duration.ofDays(400);
  private static final int MOST_GROUPS = 500;
  private static final String NAMELESS =
      "select cast(null as text) as name, cast(null as text) as tenant";

  private final UsageReportStore store;

  UsageReportController(UsageReportStore store) {
    this.store = store;
  }

  /** What is summed up by. */
  enum Group {
    TENANT(
        "tenant_id",
        "select name, cast(null as text) as tenant from tenants where id = top.id::uuid"),
    PROJECT(
        "project_id",
        """
        select p.name, t.name as tenant from projects p join tenants t on t.id = p.tenant_id
        where p.id = top.id::uuid
        """),
    KEY(
        "api_key_id",
        """
        select k.name, t.name as tenant from api_keys k join tenants t on t.id = k.tenant_id
        where k.id = top.id::uuid
        """),
    MODEL("model", NAMELESS),
    TIER("service_tier", NAMELESS);

    /** Of the sums. */
    final String column;

    /** Selects the names that people know an id of {@code top} by. */
    final String names;

    Group(String column, String names) {
      this.column = column;
      this.names = names;
    }

    boolean isUuid() {
      return column.endsWith("_id");
    }

    /** As it is asked for. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Group> named(String text) {
      return Arrays.stream(values()).filter(g -> g.word().equals(text)).findFirst();
    }
  }

  /**
   * @param startTime seconds since 1970, as {@code endTime}, which is exclusive
   * @param groupBy tenant, project, key, model or tier
   * @param bucket hour or day, of UTC, or all for one sum
   * @param series groups that are told by bucket, the first; the others come as one sum each, and
   *     by bucket all together
   */
  @GetMapping("/admin/usage/report")
  @Access(Right.OPERATOR)
  @Operation(summary = "Use of all organizations by time and group, the most expensive first")
  Mono<Report> report(
      @RequestParam(name = "start_time", defaultValue = "0") long startTime,
      @RequestParam(name = "end_time", defaultValue = "1") long endTime,
      @RequestParam(name = "group_by", defaultValue = "tenant") String groupBy,
      @RequestParam(defaultValue = "all") String bucket,
      @RequestParam(defaultValue = "") String tenant,
      @RequestParam(defaultValue = "") String model,
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(defaultValue = "" + MOST_GROUPS) int series) {
    return report(null, startTime, endTime, groupBy, bucket, tenant, model, limit, series);
  }

  /**
   * @param startTime seconds since 1970, as {@code endTime}, which is exclusive
   * @param groupBy project, key, model or tier
   * @param bucket hour or day, of UTC, or all for one sum
   * @param series groups that are told by bucket, the first; the others come as one sum each, and
   *     by bucket all together
   */
  @GetMapping("/v1/organization/usage/report")
  @Access(Right.VIEW)
  @Operation(summary = "Use of the organization by time and group, the most expensive first")
  Mono<Report> own(
      @RequestParam(name = "start_time", defaultValue = "0") long startTime,
      @RequestParam(name = "end_time", defaultValue = "1") long endTime,
      @RequestParam(name = "group_by", defaultValue = "model") String groupBy,
      @RequestParam(defaultValue = "all") String bucket,
      @RequestParam(defaultValue = "") String model,
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(defaultValue = "" + MOST_GROUPS) int series,
      @AuthenticationPrincipal Caller.Member caller) {
    return report(caller.tenantId(), startTime, endTime, groupBy, bucket, "", model, limit, series);
  }

  private Mono<Report> report(
      UUID tenantId,
      long startTime,
      long endTime,
      String groupBy,
      String bucket,
      String tenant,
      String model,
      int limit,
      int series) {
    Group group =
        Group.named(groupBy)
            .orElseThrow(
                () ->
                    ApiException.invalid(
                        "group_by", "group_by must be tenant, project, key, model or tier."));
    if (!List.of("hour", "day", "all").contains(bucket)) {
      throw ApiException.invalid("bucket", "bucket must be hour, day or all.");
    }
    if (limit < 1 || limit > MOST_GROUPS) {
      throw ApiException.invalid("limit", "limit must be between 1 and " + MOST_GROUPS + ".");
    }
    if (series < 0 || series > MOST_GROUPS) {
      throw ApiException.invalid("series", "series must be between 0 and " + MOST_GROUPS + ".");
    }
    if (startTime < 0 || endTime <= startTime || endTime - startTime > LONGEST.toSeconds()) {
      throw ApiException.invalid(
          "end_time", "end_time must come after start_time, by 400 days at most.");
    }
    UsageReportStore.Query query =
        new UsageReportStore.Query(
            tenantId,
            Instant.ofEpochSecond(startTime),
            Instant.ofEpochSecond(endTime),
            group,
            bucket,
            tenant,
            model,
            limit,
            series);
    return store.report(query);
  }

  /**
   * @param total of everything in that time, also of groups that are not among the rows
   * @param others all that is not told by bucket, by bucket; empty when all rows are
   */
  record Report(
      UsageReportStore.Sums total, List<UsageReportStore.Row> rows, List<Others> others) {}

  /**
   * @param bucket its beginning
   */
  record Others(Instant bucket, UsageReportStore.Sums sums) {}
}
