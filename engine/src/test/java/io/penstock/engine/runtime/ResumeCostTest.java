package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.sched.LinearStepCost;
import io.penstock.engine.sched.StepCost;
import org.junit.jupiter.api.Test;

class ResumeCostTest {
  private static final double BLOCK = 80e-6; // a block of 2 MiB, there and back at 50 GB/s
  private static final StepCost STEPS = new LinearStepCost(5e6, 25_000, 1, 7_500, 52);

  @Test
  void nothingIsOffloadedBeforeAnythingIsKnown() {
    assertThat(new ResumeCost(StepCost.UNKNOWN, BLOCK).offloadPays(1500, 94)).isFalse();
  }

  @Test
  void theCheaperWayBackIsTaken() {
    ResumeCost cost = new ResumeCost(STEPS, BLOCK);
    assertThat(cost.offloadPays(1500, 94)).isTrue(); // 7.5 ms against 37.5 + 1.1
    assertThat(cost.offloadPays(299, 94)).isFalse(); // 7.52 ms against 7.52
    assertThat(cost.offloadPays(300, 94)).isTrue();
  }

  @Test
  void aLongContextIsDearerToComputeByWhatItsTokensLookAt() {
    ResumeCost cost = new ResumeCost(new LinearStepCost(5e6, 10, 1, 0, 0), BLOCK);
    assertThat(cost.offloadPays(1_000, 63)).isFalse(); // 5 ms against 0.5
    assertThat(cost.offloadPays(16_000, 1_000)).isTrue(); // 80 ms against 128
  }

  @Test
  void soManyBlocksAreCopiedOneWayInAStep() {
    ResumeCost cost = new ResumeCost(STEPS, BLOCK);
    assertThat(cost.blocksBesideAStep()).isZero();
    cost.stepTook(20_000_000);
    assertThat(cost.blocksBesideAStep()).isEqualTo(500); // 20 ms of 40 us
    for (int i = 0; i < 10 * ResumeCost.MEMORY; i++) {
      cost.stepTook(10_000_000);
    }
    assertThat(cost.blocksBesideAStep()).isBetween(250, 251);
  }
}
