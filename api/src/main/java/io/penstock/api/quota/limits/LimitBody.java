package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.error.ApiException;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * A limit on the wire.
 *
 * @param scope plan, plan_project, plan_key, organization, project or key
 * @param scopeId name of a plan, else an id
 * @param model left out or empty for all models together
 * @param kind such as {@code tokens_per_minute}
 * @param value in the kind's unit; spending and credit in micro-units of the currency
 * @param partial whether an answer may begin with less than it asks for, and end where that is used
 *     up; false when left out
 */
record LimitBody(
    String scope, String scopeId, String model, String kind, Long value, Boolean partial) {
  private static final long MOST = 1_000_000_000_000_000L;
  private static final int LONGEST_MODEL = 200;

  static LimitBody of(LimitSetting limit) {
    return new LimitBody(
        limit.scope().text(),
        limit.scopeId(),
        limit.model(),
        limit.kind().text(),
        limit.value(),
        limit.partial());
  }

  /**
   * @throws ApiException 400 that names the field and what it may be
   */
  LimitSetting toLimit() {
    LimitScope where = scope(scope);
    LimitKind what = kind(kind);
    if (value == null || value < 0 || value > MOST) {
      throw ApiException.invalid("value", "value must be between 0 and " + MOST + ".");
    }
    String of = model(model);
    if (what == LimitKind.CREDIT
        && (!of.isEmpty() || (where != LimitScope.ORGANIZATION && where != LimitScope.PLAN))) {
      throw ApiException.invalid("kind", "credit is an organization's, for all models together.");
    }
    return new LimitSetting(
        where, id(where, scopeId), of, what, value, Boolean.TRUE.equals(partial));
  }

  static LimitScope scope(String text) {
    return LimitScope.byText(text)
        .orElseThrow(
            () ->
                ApiException.invalid(
                    "scope",
                    "scope must be one of "
                        + list(Arrays.stream(LimitScope.values()).map(LimitScope::text).toList())));
  }

  static LimitKind kind(String text) {
    return LimitKind.byText(text)
        .orElseThrow(
            () ->
                ApiException.invalid(
                    "kind",
                    "kind must be one of "
                        + list(Arrays.stream(LimitKind.values()).map(LimitKind::text).toList())));
  }

  static String model(String text) {
    String model = text == null ? "" : text;
    if (model.length() > LONGEST_MODEL || model.chars().anyMatch(Character::isISOControl)) {
      throw ApiException.invalid(
          "model", "model must be the id of a model, or left out for all models.");
    }
    return model;
  }

  static String id(LimitScope scope, String text) {
    boolean plan =
        scope == LimitScope.PLAN
            || scope == LimitScope.PLAN_PROJECT
            || scope == LimitScope.PLAN_KEY;
    if (text == null || text.isBlank() || text.length() > LONGEST_MODEL) {
      throw ApiException.invalid("scope_id", "scope_id must name whom the limit is set on.");
    }
    if (plan) {
      return text;
    }
    try {
      return UUID.fromString(text).toString();
    } catch (IllegalArgumentException _) {
      throw ApiException.invalid(
          "scope_id", "scope_id must be the id of the " + scope.text() + ".");
    }
  }

  private static String list(List<String> names) {
    return String.join(", ", names) + ".";
  }
}
