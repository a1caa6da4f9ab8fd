package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many tokens a step takes when prompts come that go before others. */
class UrgentStepTest {
  private static final LinearStepCost COST = new LinearStepCost(5e6, 20_000, 0, 10_000, 50);

  private final Scheduler scheduler =
      new Scheduler(
          new SchedulerConfig(8, 1024, 2048, 0, 64, 4096, SchedulingPolicy.FAIR),
          new BlockPool(4096, 16),
          SchedulerContext.NONE.with(COST));

  private void submit(String tenant, int prompt) {
    Submission answer =
        scheduler.submit(
            new SchedulingRequest("r", tenant, ServiceTier.DEFAULT, 0, new int[prompt], 64, 1));
    assertThat(answer).isInstanceOf(Submission.Accepted.class);
  }

  /** Tokens of each sequence in the next step. */
  private List<Integer> step() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    for (ScheduledSequence s : plan.sequences()) {
      if (s.sampled()) {
        scheduler.resolve(s.sequence(), 7);
      }
    }
    return plan.sequences().stream().map(s -> s.tokenIds().length).toList();
  }

  @Test
  void twoPromptsAreComputedTogetherBesideAStream() {
    submit("a", 16);
    assertThat(step()).containsExactly(16);
    submit("b", 512);
    submit("c", 512);
    assertThat(step()).containsExactly(1, 512, 512); // one more than the usual bound
  }

  @Test
  void whatDoesNotFitWholeIsNotBegunBeyondTheUsualBound() {
    submit("a", 16);
    step();
    submit("b", 700);
    submit("c", 324 + 1100); // 1,748 are computable in the 46 ms that a's target leaves
    assertThat(step()).containsExactly(1, 700, 323);
    assertThat(step()).hasSize(3).contains(1101);
  }

  @Test
  void manyThatWaitHaveTheUsualBound() {
    submit("a", 16);
    step();
    for (String tenant : List.of("b", "c", "d", "e", "f", "g")) {
      submit(tenant, 500);
    }
    assertThat(step().stream().mapToInt(Integer::intValue).sum()).isEqualTo(1024);
  }

  @Test
  void aTenantServedLessIsComputedBeyondTheUsualBoundThoughOthersWait() {
    for (int i = 0; i < 40; i++) {
      submit("greedy", 900);
    }
    for (int i = 0; i < 12; i++) { // until its account is clearly above those of others
      step();
    }
    submit("b", 600);
    submit("c", 600);
    assertThat(step()).contains(600).endsWith(600);
  }
}
