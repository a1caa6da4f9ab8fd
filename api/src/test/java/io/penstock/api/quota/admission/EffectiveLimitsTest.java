package io.penstock.api.quota.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.Plan;
import io.penstock.engine.core.ServiceTier;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class EffectiveLimitsTest {
  private static Plan plan(long outputPerMinute) {
    return new Plan(
        "gold",
        EnumSet.of(ServiceTier.DEFAULT),
        ServiceTier.DEFAULT,
        1,
        null,
        0,
        0,
        outputPerMinute);
  }

  private static LimitSetting limit(LimitScope scope, String model, LimitKind kind, long value) {
    return new LimitSetting(scope, "id", model, kind, value, false);
  }

  @Test
  void thePlansLimitIsADefaultAtItsPlace() {
    List<LimitSetting> limits =
        EffectiveLimits.of(
            plan(0),
            "m",
            List.of(
                limit(LimitScope.PLAN, "", LimitKind.TOKENS_PER_DAY, 100),
                limit(LimitScope.PLAN_KEY, "", LimitKind.TOKENS_PER_DAY, 10),
                limit(LimitScope.PLAN_PROJECT, "", LimitKind.TOKENS_PER_DAY, 50),
                limit(LimitScope.PROJECT, "", LimitKind.TOKENS_PER_DAY, 500)));
    assertThat(limits)
        .containsExactly(
            limit(LimitScope.ORGANIZATION, "", LimitKind.TOKENS_PER_DAY, 100),
            limit(LimitScope.PROJECT, "", LimitKind.TOKENS_PER_DAY, 500),
            limit(LimitScope.KEY, "", LimitKind.TOKENS_PER_DAY, 10));
  }

  @Test
  void aModelsLimitStandsBesideThatOfAll() {
    LimitSetting all = limit(LimitScope.ORGANIZATION, "", LimitKind.REQUESTS_PER_MINUTE, 9);
    LimitSetting mine = limit(LimitScope.ORGANIZATION, "m", LimitKind.REQUESTS_PER_MINUTE, 3);
    LimitSetting others = limit(LimitScope.ORGANIZATION, "x", LimitKind.REQUESTS_PER_MINUTE, 1);
    assertThat(EffectiveLimits.of(plan(0), "m", List.of(all, mine, others)))
        .containsExactly(all, mine);
  }

  @Test
  void theOutputAllowanceOfThePlanEndsAnswersUnlessTheOrganizationHasItsOwn() {
    assertThat(EffectiveLimits.of(plan(70), "m", List.of()))
        .containsExactly(
            new LimitSetting(
                LimitScope.ORGANIZATION, "", "", LimitKind.OUTPUT_TOKENS_PER_MINUTE, 70, true));
    LimitSetting own = limit(LimitScope.ORGANIZATION, "", LimitKind.OUTPUT_TOKENS_PER_MINUTE, 5);
    assertThat(EffectiveLimits.of(plan(70), "m", List.of(own))).containsExactly(own);
  }
}
