package io.penstock.api.quota.admission;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.Plan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of the limits that are set count for a request: on each of its organization, project and
 * key the one set there, else the plan's default; of a kind both that for its model and that for
 * all models together. All that are found count, so the strictest decides.
 */
public final class EffectiveLimits {
  private static final List<LimitScope> SCOPES =
      List.of(LimitScope.ORGANIZATION, LimitScope.PROJECT, LimitScope.KEY);

  private EffectiveLimits() {}

  private record Slot(LimitScope scope, String model, LimitKind kind) {}

  /**
   * @param set what is set on the plan and on the request's organization, project and key
   * @return limits under the scope that they count on, in a fixed order
   */
  public static List<LimitSetting> of(Plan plan, String model, List<LimitSetting> set) {
    Map<Slot, LimitSetting> slots = new LinkedHashMap<>();
    if (plan.maxOutputTokensPerMinute() > 0) {
      put(
          slots,
          new LimitSetting(
              LimitScope.ORGANIZATION,
              "",
              "",
              LimitKind.OUTPUT_TOKENS_PER_MINUTE,
              plan.maxOutputTokensPerMinute(),
              true));
    }
    for (LimitScope scope : SCOPES) {
      for (LimitScope source : List.of(scope.planDefault(), scope)) {
        for (LimitSetting limit : set) {
          if (limit.scope() == source && (limit.model().isEmpty() || limit.model().equals(model))) {
            put(slots, at(scope, limit));
          }
        }
      }
    }
    return new ArrayList<>(slots.values());
  }

  private static void put(Map<Slot, LimitSetting> slots, LimitSetting limit) {
    slots.put(new Slot(limit.scope(), limit.model(), limit.kind()), limit);
  }

  private static LimitSetting at(LimitScope scope, LimitSetting limit) {
    return new LimitSetting(
        scope, limit.scopeId(), limit.model(), limit.kind(), limit.value(), limit.partial());
  }
}
