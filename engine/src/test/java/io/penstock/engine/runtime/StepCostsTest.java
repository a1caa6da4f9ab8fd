package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.sched.CacheCopy;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepCostsTest {
  private static final double BLOCK = 80e-6; // a block of 2 MiB, there and back at 50 GB/s

  private final StepCosts costs = new StepCosts(BLOCK);

  /** A step of so many single tokens, and one prompt's chunk if there is one. */
  private static StepPlan plan(int singles, int chunk) {
    List<ScheduledSequence> sequences = new ArrayList<>();
    for (int i = 0; i < singles; i++) {
      sequences.add(new ScheduledSequence(i, new int[1], 100, 10, new int[7], true));
    }
    if (chunk > 0) {
      sequences.add(new ScheduledSequence(singles, new int[chunk], 0, chunk, new int[64], true));
    }
    return new StepPlan(sequences);
  }

  @Test
  void nothingIsOffloadedBeforeAnythingIsKnown() {
    assertThat(costs.offloadPays(1500, 94)).isFalse();
    costs.learn(plan(200, 0), 20e-3);
    assertThat(costs.offloadPays(1500, 94)).isFalse();
  }

  @Test
  void aTokensCostIsWhatAStepTakesAboveItsSingleTokens() {
    costs.learn(plan(200, 0), 20e-3);
    costs.learn(plan(200, 800), 40e-3);
    assertThat(costs.secondsPerToken()).isCloseTo(20e-3 / 800, within(1e-9));
    costs.learn(plan(0, 1000), 25e-3);
    assertThat(costs.secondsPerToken()).isCloseTo(25e-6, within(1e-9));
    assertThat(costs.offloadPays(1500, 94)).isTrue(); // 7.5 ms against 37.5 ms
    assertThat(costs.offloadPays(300, 94)).isFalse(); // 7.5 ms against 7.5 ms
  }

  @Test
  void smallBatchesDoNotMakeSingleTokensOfLargeOnesDear() {
    costs.learn(plan(1, 0), 5e-3);
    costs.learn(plan(100, 900), 30e-3); // 100 times 5 ms would leave nothing
    assertThat(costs.secondsPerToken()).isCloseTo(30e-3 / 1000 / 2, within(1e-9));
  }

  @Test
  void oldStepsAreForgotten() {
    costs.learn(plan(0, 1000), 1);
    for (int i = 0; i < 20 * StepCosts.WINDOW; i++) {
      costs.learn(plan(0, 1000), 20e-3);
    }
    assertThat(costs.secondsPerToken()).isCloseTo(20e-6, within(1e-9));
  }

  @Test
  void soManyBlocksAreCopiedOneWayInAStep() {
    assertThat(costs.blocksBesideAStep()).isZero();
    costs.learn(plan(10, 0), 10e-3);
    costs.learn(plan(10, 90), 30e-3);
    assertThat(costs.blocksBesideAStep())
        .isBetween(500, 505); // 20 ms of 40 us, the later weighs more
  }

  @Test
  void stepsThatCopyTellNothing() {
    CacheCopy copy = new CacheCopy(7, new int[] {1}, new int[] {2});
    costs.learn(new StepPlan(plan(0, 100).sequences(), List.of(copy), List.of()), 1);
    costs.learn(new StepPlan(plan(0, 100).sequences(), List.of(), List.of(copy)), 1);
    assertThat(costs.secondsPerToken()).isZero();
  }
}
