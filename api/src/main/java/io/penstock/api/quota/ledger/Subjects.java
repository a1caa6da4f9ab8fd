package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.Caller;
import io.penstock.api.quota.admission.Bound;
import io.penstock.api.quota.admission.SizeLimits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** From limits to the counters that they need. */
final class Subjects {
  private Subjects() {}

  /** The organization's first, then project and key, then those of single models. */
  static List<Subject> of(Caller.Tenant caller, List<LimitSetting> limits) {
    LinkedHashSet<Subject> subjects = new LinkedHashSet<>();
    for (LimitScope scope : List.of(LimitScope.ORGANIZATION, LimitScope.PROJECT, LimitScope.KEY)) {
      subjects.add(new Subject(scope, id(caller, scope), ""));
    }
    for (LimitSetting limit : limits) {
      if (isCounted(limit.kind())) {
        subjects.add(subject(caller, limit));
      }
    }
    return List.copyOf(subjects);
  }

  /**
   * @param ids of the subjects' counters
   */
  static Rules rules(Caller.Tenant caller, List<LimitSetting> limits, Map<Subject, Long> ids) {
    List<Subject> subjects = of(caller, limits);
    List<Bound> bounds = new ArrayList<>();
    Bound context = null;
    Bound output = null;
    boolean credit = false;
    for (LimitSetting limit : limits) {
      switch (limit.kind()) {
        case MAX_CONTEXT_TOKENS -> context = smaller(context, limit);
        case MAX_OUTPUT_TOKENS -> output = smaller(output, limit);
        default -> {
          credit |= limit.kind() == LimitKind.CREDIT;
          bounds.add(bound(limit, subjects.indexOf(subject(caller, limit))));
        }
      }
    }
    return new Rules(
        subjects.stream().mapToLong(ids::get).toArray(),
        List.copyOf(bounds),
        new SizeLimits(context, output),
        credit);
  }

  private static Bound smaller(Bound one, LimitSetting limit) {
    return one != null && one.value() <= limit.value() ? one : bound(limit, 0);
  }

  private static Bound bound(LimitSetting limit, int counter) {
    return new Bound(
        limit.scope(), limit.model(), limit.kind(), limit.value(), limit.partial(), counter);
  }

  /** An organization's credit is one for all models. */
  private static Subject subject(Caller.Tenant caller, LimitSetting limit) {
    return limit.kind() == LimitKind.CREDIT
        ? new Subject(LimitScope.ORGANIZATION, caller.tenantId(), "")
        : new Subject(limit.scope(), id(caller, limit.scope()), limit.model());
  }

  private static boolean isCounted(LimitKind kind) {
    return kind != LimitKind.MAX_CONTEXT_TOKENS && kind != LimitKind.MAX_OUTPUT_TOKENS;
  }

  private static UUID id(Caller.Tenant caller, LimitScope scope) {
    return switch (scope) {
      case ORGANIZATION -> caller.tenantId();
      case PROJECT -> caller.projectId();
      case KEY -> caller.keyId();
      default -> throw new IllegalArgumentException(scope.text());
    };
  }
}
