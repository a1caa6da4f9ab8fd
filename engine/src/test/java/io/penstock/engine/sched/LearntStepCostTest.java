package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LearntStepCostTest {
  private static final LinearStepCost TRUE = new LinearStepCost(5.2e6, 19_500, 1.46, 7_500, 52);

  private final SplittableRandom random = new SplittableRandom(3);
  private final LearntStepCost learnt = new LearntStepCost();

  private StepShape anyStep() {
    int decodes = random.nextInt(256);
    int prompt = random.nextInt(3) == 0 ? 0 : random.nextInt(1024);
    return StepShape.decodes(decodes, decodes * (long) random.nextInt(1500))
        .plus(StepShape.prompt(prompt, random.nextInt(20_000)));
  }

  private void measure(StepShape shape, double factor) {
    learnt.measured(shape, (long) (TRUE.nanos(shape) * factor));
  }

  @Test
  void predictsStepsThatItHasNotSeen() {
    assertThat(learnt.known()).isFalse();
    assertThat(learnt.promptTokensWithin(1, 0)).isEqualTo(Integer.MAX_VALUE);
    for (int i = 0; i < 300; i++) {
      measure(anyStep(), 0.97 + 0.06 * random.nextDouble());
    }
    assertThat(learnt.known()).isTrue();
    for (int i = 0; i < 100; i++) {
      StepShape shape = anyStep();
      assertThat(learnt.nanos(shape)).isCloseTo(TRUE.nanos(shape), withPercentage(5));
    }
  }

  @Test
  void aLongStepNowAndThenMovesItLittleASlowerMachineDoes() {
    for (int i = 0; i < 300; i++) {
      measure(anyStep(), i % 50 == 49 ? 100 : 1);
    }
    StepShape shape = StepShape.decodes(100, 60_000);
    assertThat(learnt.nanos(shape)).isCloseTo(TRUE.nanos(shape), withPercentage(15));
    for (int i = 0; i < 3000; i++) {
      measure(anyStep(), 2);
    }
    assertThat(learnt.nanos(shape)).isCloseTo(2 * TRUE.nanos(shape), withPercentage(5));
  }

  @Test
  void stepsThatAreAllAlikeTeachNoNonsense() {
    StepShape same = StepShape.decodes(8, 800);
    for (int i = 0; i < 20_000; i++) {
      measure(same, 0.99 + 0.02 * random.nextDouble());
    }
    assertThat(learnt.nanos(same)).isCloseTo(TRUE.nanos(same), withPercentage(2));
    assertThat(learnt.nanos(StepShape.EMPTY)).isBetween(0.0, 1.1 * TRUE.nanos(same));
    for (int i = 0; i < 100; i++) {
      measure(anyStep(), 1);
    }
    StepShape other = anyStep();
    assertThat(learnt.nanos(other)).isCloseTo(TRUE.nanos(other), withPercentage(10));
  }

  @Test
  void tokensThatFitAreThoseWhoseCostFits() {
    for (int before : new int[] {0, 1000, 100_000}) {
      int tokens = TRUE.promptTokensWithin(10e6, before);
      double without = TRUE.nanos(StepShape.EMPTY);
      assertThat(TRUE.nanos(StepShape.prompt(tokens, before)) - without).isLessThanOrEqualTo(10e6);
      assertThat(TRUE.nanos(StepShape.prompt(tokens + 2, before)) - without).isGreaterThan(10e6);
    }
    assertThat(TRUE.promptTokensWithin(-1, 0)).isZero();
  }
}
