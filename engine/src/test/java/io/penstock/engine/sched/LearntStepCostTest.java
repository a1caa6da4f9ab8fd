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

  /** Prompts all of one length: tokens and pairs of tokens cannot be told apart. */
  @Test
  void roundsOfBatchesAreNeverExpectedToTakeManyTimesWhatTheyDo() {
    SplittableRandom noise = new SplittableRandom(9);
    double worst = 0;
    double worstOfMany = 0;
    for (int batch : new int[] {1, 1, 1, 32, 32, 32, 128, 128, 128, 512, 512, 8}) {
      for (int begun = 0; begun < batch; begun += 64) {
        StepShape prompts = StepShape.EMPTY;
        for (int i = begun; i < Math.min(batch, begun + 64); i++) {
          prompts = prompts.plus(StepShape.prompt(128, 0));
        }
        worst = Math.max(worst, expectedAndMeasured(prompts, noise));
      }
      for (int step = 0; step < 250; step++) {
        StepShape shape = StepShape.decodes(batch, batch * (128L + step));
        double ratio = expectedAndMeasured(shape, noise);
        worst = Math.max(worst, ratio);
        worstOfMany = Math.max(worstOfMany, step < 50 ? 0 : ratio);
      }
    }
    assertThat(worst).isLessThan(8); // a batch of 32 after nothing but single streams
    assertThat(worstOfMany).isLessThan(1.3);
  }

  /** How many times too long a step was expected to be; the first of a size takes longer. */
  private double expectedAndMeasured(StepShape shape, SplittableRandom noise) {
    double actual = TRUE.nanos(shape) * (0.97 + 0.06 * noise.nextDouble());
    double ratio = learnt.known() ? learnt.nanos(shape) / actual : 0;
    learnt.measured(shape, (long) (noise.nextInt(60) == 0 ? 3 * actual : actual));
    return ratio;
  }
}
