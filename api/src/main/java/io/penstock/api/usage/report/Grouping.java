package io.penstock.api.usage.report;

import io.penstock.api.platform.error.ApiException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the results of a bucket can be told apart by. */
enum Grouping {
  PROJECT_ID("project_id"),
  API_KEY_ID("api_key_id"),
  MODEL("model"),
  SERVICE_TIER("service_tier"),
  BATCH("(service_tier = 'batch')"),
  /** Usage is a key's, no person's: always null. */
  USER_ID(null),
  /** What a cost is for: the model. */
  LINE_ITEM("model");

  static final Set<Grouping> OF_USAGE = EnumSet.complementOf(EnumSet.of(LINE_ITEM));
  static final Set<Grouping> OF_COSTS = EnumSet.of(PROJECT_ID, API_KEY_ID, LINE_ITEM);

  private final String expression;

  Grouping(String expression) {
    this.expression = expression;
  }

  /** SQL over the rows that are added up; null when there is nothing to tell apart. */
  String expression() {
    return expression;
  }

  /** As on the wire, and the column's name. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws ApiException 400 for one that is not allowed
   */
  static Set<Grouping> parse(List<String> texts, Set<Grouping> allowed) {
    Set<Grouping> groups = EnumSet.noneOf(Grouping.class);
    for (String text : texts) {
      groups.add(
          allowed.stream()
              .filter(group -> group.text().equals(text))
              .findFirst()
              .orElseThrow(
                  () ->
                      ApiException.invalid(
                          "group_by",
                          "group_by must be of "
                              + Arrays.toString(allowed.stream().map(Grouping::text).toArray())
                              + ".")));
    }
    return groups;
  }
}
