package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.TierSettings;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulingOptionsTest {
  private static SchedulingOptions fair(SchedulingOptions.Tier tier) {
    return new SchedulingOptions(
        SchedulingOptions.Policy.FAIR, Collections.nCopies(4, tier), 7, false);
  }

  @Test
  void theDefaultIsTheSchedulersOwn() {
    assertThat(SchedulingOptions.DEFAULT.toPolicy()).isEqualTo(SchedulingPolicy.FAIR);
  }

  @Test
  void whatIsSaidOfTiersReachesThem() {
    SchedulingPolicy policy =
        fair(new SchedulingOptions.Tier(
                0.2, Duration.ofMillis(40), Duration.ZERO, 5, 6_000_000_000L))
            .toPolicy();

    assertThat(policy.tiers())
        .hasSize(4)
        .containsOnly(new TierSettings(0.2, 40_000_000, 0, 0, 0, 5, 6_000_000_000L));
    assertThat(policy.maxQueuedPerTenant()).isEqualTo(7);
    assertThat(policy.window()).isEqualTo(SchedulingPolicy.FAIR.window());
  }

  /** It waits for two steps of others and its own. */
  @ParameterizedTest
  @ValueSource(longs = {0, 48, 64, 1000})
  void stepsShareTheTargetOfAFirstToken(long millis) {
    TierSettings tier =
        fair(new SchedulingOptions.Tier(0, Duration.ofMillis(40), Duration.ofMillis(millis), 0, 0))
            .toPolicy()
            .tiers()
            .get(2);

    assertThat(tier.firstTokenNanos()).isCloseTo(Duration.ofMillis(millis).toNanos(), within(2L));
    assertThat(tier.firstTokenStepNanos()).isLessThanOrEqualTo(tier.othersStepNanos());
    assertThat(tier.stepNanos()).isEqualTo(40_000_000);
  }

  @Test
  void otherPoliciesAreAsTheyAre() {
    SchedulingOptions.Tier tier =
        new SchedulingOptions.Tier(0, Duration.ofMillis(5), Duration.ZERO, 1, 1);
    List<SchedulingPolicy> policies =
        List.of(SchedulingPolicy.FCFS, SchedulingPolicy.PRIORITY, SchedulingPolicy.VTC);
    List<SchedulingOptions.Policy> names =
        List.of(
            SchedulingOptions.Policy.FCFS,
            SchedulingOptions.Policy.PRIORITY,
            SchedulingOptions.Policy.VTC);
    for (int i = 0; i < names.size(); i++) {
      assertThat(
              new SchedulingOptions(names.get(i), Collections.nCopies(4, tier), 0, false)
                  .toPolicy())
          .isEqualTo(policies.get(i));
    }
  }

  @Test
  void everyTierIsNeeded() {
    assertThatThrownBy(
            () -> new SchedulingOptions(SchedulingOptions.Policy.FAIR, List.of(), 0, false))
        .hasMessageContaining("each tier");
  }

  @Test
  void onACpuStepsAreLongerAndTenantsAreToldApartByLess() {
    SchedulingPolicy usual = SchedulingPolicy.FAIR;
    SchedulingPolicy policy = SchedulingOptions.DEFAULT.toCpuPolicy();
    assertThat(policy.tiers())
        .zipSatisfy(
            usual.tiers(),
            (onCpu, onGpu) -> {
              assertThat(onCpu.minimumShare()).isEqualTo(onGpu.minimumShare());
              assertThat(onCpu.stepNanos()).isZero();
              if (onGpu.firstTokenStepNanos() == 0) {
                assertThat(onCpu.firstTokenNanos()).isZero();
              } else {
                assertThat(onCpu.firstTokenNanos())
                    .isCloseTo(SchedulingOptions.CPU_FIRST_TOKEN.toNanos(), within(10L));
              }
            });
    assertThat(policy.window()).isEqualTo(usual.window() / 4);
    assertThat(policy.credit()).isEqualTo(usual.credit() / 4);
  }

  @Test
  void onACpuTargetsThatAreAskedForStayAsTheyAre() {
    SchedulingOptions asked =
        fair(new SchedulingOptions.Tier(0.1, Duration.ofMillis(300), Duration.ZERO, 0, 0));
    assertThat(asked.toCpuPolicy().tiers()).isEqualTo(asked.toPolicy().tiers());
    SchedulingOptions byArrival = SchedulingOptions.DEFAULT.with(SchedulingOptions.Policy.FCFS);
    assertThat(byArrival.toCpuPolicy()).isEqualTo(SchedulingPolicy.FCFS);
  }
}
