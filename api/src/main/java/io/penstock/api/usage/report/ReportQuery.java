package io.penstock.api.usage.report;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.usage.UsageKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.util.MultiValueMap;

/**
 * What a report is asked for. A page is so many buckets from its start; where nothing was used a
 * bucket is empty.
 *
 * @param start of the page's first bucket
 * @param pageEnd of its last
 * @param end of what is asked for, exclusive
 * @param projects only these; null for all, as the other filters
 * @param operation only requests that did this; null for all
 * @param batch only requests of the tier batch, or only others; null for all
 */
record ReportQuery(
    UUID tenantId,
    BucketWidth width,
    Instant start,
    Instant pageEnd,
    Instant end,
    List<UUID> projects,
    List<UUID> keys,
    List<String> models,
    boolean noUser,
    UsageKind operation,
    Boolean batch,
    Set<Grouping> groups) {
  private static final int MOST_VALUES = 100;
  private static final long LATEST = 253_370_764_800L; // the year 9999

  /**
   * @param widths that may be asked for; the last is the default
   * @param mostDays buckets of a page of days
   * @throws ApiException 400 that names the parameter
   */
  static ReportQuery parse(
      MultiValueMap<String, String> parameters,
      Caller.OfTenant caller,
      List<BucketWidth> widths,
      int mostDays,
      Set<Grouping> groupings) {
    BucketWidth width =
        parameters.containsKey("bucket_width")
            ? BucketWidth.parse(parameters.getFirst("bucket_width"), widths)
            : widths.getLast();
    if (!parameters.containsKey("start_time")) {
      throw ApiException.invalid("start_time", "start_time is missing: seconds since 1970.");
    }
    Instant from = time(parameters, "start_time");
    Instant end = parameters.containsKey("end_time") ? time(parameters, "end_time") : Instant.now();
    if (!end.isAfter(from)) {
      throw ApiException.invalid("end_time", "end_time must be after start_time.");
    }
    int most = width == BucketWidth.DAY ? mostDays : width.mostBuckets();
    int limit =
        parameters.containsKey("limit")
            ? (int) number(parameters.getFirst("limit"), "limit", 1, most)
            : width.defaultLimit();
    Instant first = width.floor(from);
    Instant start = first;
    if (parameters.containsKey("page")) {
      start = cursor(parameters.getFirst("page"), width);
      if (start.isBefore(first) || !start.isBefore(end)) {
        throw wrongPage();
      }
    }
    Instant last = width.plus(start, limit);
    return new ReportQuery(
        caller.tenantId(),
        width,
        start,
        last.isBefore(end) ? last : width.plus(width.floor(end.minusNanos(1)), 1),
        end,
        projects(ids(parameters, "project_ids"), caller.projectId()),
        ids(parameters, "api_key_ids"),
        values(parameters, "models"),
        values(parameters, "user_ids") != null,
        null,
        flag(parameters, "batch"),
        Grouping.parse(
            values(parameters, "group_by") == null ? List.of() : values(parameters, "group_by"),
            groupings));
  }

  /** The same of one kind of requests. */
  ReportQuery of(UsageKind only) {
    return new ReportQuery(
        tenantId, width, start, pageEnd, end, projects, keys, models, noUser, only, batch, groups);
  }

  /** A project's key sees its own project, whatever it asks for. */
  private static List<UUID> projects(List<UUID> asked, UUID own) {
    if (own == null) {
      return asked;
    }
    return asked == null || asked.contains(own) ? List.of(own) : List.of();
  }

  /** Whether there are buckets behind the page. */
  boolean hasMore() {
    return pageEnd.isBefore(end);
  }

  /** By which the page that begins at a bucket is asked for. */
  static String page(Instant start) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(("t" + start.getEpochSecond()).getBytes(StandardCharsets.US_ASCII));
  }

  private static Instant cursor(String page, BucketWidth width) {
    try {
      String text = new String(Base64.getUrlDecoder().decode(page), StandardCharsets.US_ASCII);
      if (text.matches("t\\d{1,12}")) {
        Instant start = Instant.ofEpochSecond(Long.parseLong(text.substring(1)));
        if (width.floor(start).equals(start)) {
          return start;
        }
      }
    } catch (IllegalArgumentException _) {
      // the same answer as for any other text
    }
    throw wrongPage();
  }

  private static ApiException wrongPage() {
    return ApiException.invalid(
        "page", "page must be next_page of the page before, with the same parameters.");
  }

  private static Instant time(MultiValueMap<String, String> parameters, String name) {
    return Instant.ofEpochSecond(number(parameters.getFirst(name), name, 0, LATEST));
  }

  private static long number(String text, String name, long least, long most) {
    if (text != null && text.matches("\\d{1,15}")) {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw ApiException.invalid(
        name, "%s must be a whole number between %d and %d.".formatted(name, least, most));
  }

  private static Boolean flag(MultiValueMap<String, String> parameters, String name) {
    if (!parameters.containsKey(name)) {
      return null;
    }
    return switch (String.valueOf(parameters.getFirst(name))) {
      case "true" -> true;
      case "false" -> false;
      default -> throw ApiException.invalid(name, name + " must be true or false.");
    };
  }

  private static List<UUID> ids(MultiValueMap<String, String> parameters, String name) {
    List<String> texts = values(parameters, name);
    try {
      return texts == null ? null : texts.stream().map(UUID::fromString).toList();
    } catch (IllegalArgumentException _) {
      throw ApiException.invalid(name, name + " has a value that is no id.");
    }
  }

  /** As OpenAI's clients write lists: {@code name[]=a&name[]=b}; also repeated, or by commas. */
  private static List<String> values(MultiValueMap<String, String> parameters, String name) {
    List<String> values = new ArrayList<>();
    for (String key : List.of(name, name + "[]")) {
      for (String value : parameters.getOrDefault(key, List.of())) {
        if (value != null && !value.isEmpty()) {
          values.addAll(Arrays.asList(value.split(",")));
        }
      }
    }
    if (values.size() > MOST_VALUES) {
      throw ApiException.invalid(name, name + " has more than " + MOST_VALUES + " values.");
    }
    return values.isEmpty() ? null : values;
  }
}
