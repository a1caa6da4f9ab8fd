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
    submit(tenant, ServiceTier.DEFAULT, prompt);
  }

  private void submitPriority(String tenant, int prompt) {
    submit(tenant, ServiceTier.PRIORITY, prompt);
  }

  private void submit(String tenant, ServiceTier tier, int prompt) {
    Submission answer =
        scheduler.submit(new SchedulingRequest("r", tenant, tier, 0, new int[prompt], 64, 1));
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

  /** Until its account is clearly above those of others, while more of it waits. */
  private void serveTheGreedyOne() {
    for (int i = 0; i < 40; i++) {
      submit("greedy", 900);
    }
    for (int i = 0; i < 12; i++) {
      step();
    }
  }

  @Test
  void theRestOfAPromptWaitsForTheNextStepWhereNobodyIsBehind() {
    submit("a", 16);
    assertThat(step()).containsExactly(16);
    submit("b", 512);
    submit("c", 512);
    assertThat(step()).containsExactly(1, 512, 511);
    assertThat(step()).containsExactly(1, 1, 1); // a short step
  }

  @Test
  void promptsThatTheGreedyOneWouldDelayAreComputedTogether() {
    serveTheGreedyOne();
    submit("b", 600);
    submit("c", 600); // beyond 1,024 with the streams
    assertThat(step()).contains(600).endsWith(600);
  }

  @Test
  void whatDoesNotFitWholeIsNotBegunBeyondTheUsualBound() {
    serveTheGreedyOne();
    submit("b", 700);
    submit("c", 1500); // 46 ms are its stream's target
    List<Integer> tokens = step();
    assertThat(tokens).contains(700).doesNotContain(1500);
    assertThat(tokens.stream().mapToInt(Integer::intValue).sum()).isLessThanOrEqualTo(1024);
  }

  @Test
  void aLowerTierThatWaitsIsBehindToo() {
    for (String tenant : List.of("a", "b", "c")) {
      submit(tenant, 900);
    }
    step();
    submitPriority("p", 600);
    submitPriority("q", 600);
    assertThat(step()).contains(600).endsWith(600);
  }
}
