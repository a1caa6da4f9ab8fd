package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.kv.BlockPool;
import org.junit.jupiter.api.Test;

/** Tokens that are known without being sampled, with and without a step in flight. */
class ForcedTokensTest {
  private int granted = 1_000;
  private int taken;

  private final Scheduler scheduler =
      new Scheduler(
          new SchedulerConfig(4, 64, 0, 4, 1024),
          new BlockPool(16, 16),
          SchedulerContext.NONE.with(new Budget()),
          new GrowthEstimate(1));

  private final class Budget implements TenantBudget {
    @Override
    public boolean tryTake(String tenant, String requestId, int tokens) {
      if (taken + tokens > granted) {
        return false;
      }
      taken += tokens;
      return true;
    }

    @Override
    public void giveBack(String tenant, String requestId, int tokens) {
      taken -= tokens;
    }
  }

  private long submit(int max) {
    Submission answer =
        scheduler.submit(
            new SchedulingRequest(
                "r", "tenant", ServiceTier.DEFAULT, 0, new int[] {1, 2, 3}, max, 1));
    return ((Submission.Accepted) answer).firstSequence();
  }

  private StepPlan launch() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    scheduler.checkInvariants();
    return plan;
  }

  private static ScheduledSequence only(StepPlan plan) {
    assertThat(plan.sequences()).hasSize(1);
    return plan.sequences().getFirst();
  }

  @Test
  void areComputedWithTheTokenBeforeThemWhereNothingIsInFlight() {
    long id = submit(20);
    launch();
    scheduler.resolve(id, 7);
    assertThat(scheduler.awaitsToken(id)).isFalse();
    assertThat(scheduler.append(id, new int[] {8, 9, 10})).isTrue();
    assertThat(taken).isEqualTo(4); // the sampled one and these
    ScheduledSequence next = only(launch());
    assertThat(next.tokenIds()).containsExactly(7, 8, 9, 10);
    assertThat(next.firstPosition()).isEqualTo(3);
    assertThat(next.sampled()).isTrue();
  }

  @Test
  void comeBeforeWhatAStepInFlightSamples() {
    long id = submit(20);
    launch();
    StepPlan behind = launch();
    assertThat(only(behind).pending()).isTrue();
    scheduler.resolve(id, 7);
    assertThat(scheduler.awaitsToken(id)).isTrue();
    assertThat(taken).isEqualTo(2);
    assertThat(scheduler.append(id, new int[] {8, 9, 10})).isTrue();
    assertThat(taken).isEqualTo(4); // the first of them was paid for when its step was planned
    assertThat(scheduler.awaitsToken(id)).isFalse();
    ScheduledSequence next = only(launch());
    assertThat(next.tokenIds()).containsExactly(8, 9, 10);
    assertThat(next.firstPosition()).isEqualTo(4);
    assertThat(next.pending()).isFalse();
    scheduler.resolve(id, 11); // what the step behind sampled is not given to it
    ScheduledSequence last = only(launch());
    assertThat(last.tokenIds()).containsExactly(11);
    assertThat(last.firstPosition()).isEqualTo(7);
  }

  @Test
  void areNotTakenWhereTheBudgetDoesNotAllowThem() {
    long id = submit(20);
    launch();
    launch();
    scheduler.resolve(id, 7);
    granted = 3;
    assertThat(scheduler.append(id, new int[] {8, 9, 10})).isFalse();
    assertThat(scheduler.awaitsToken(id)).isTrue();
    scheduler.resolve(id, 8);
    assertThat(only(launch()).tokenIds()).containsExactly(8);
  }

  @Test
  void leaveRoomForOneMore() {
    long id = submit(4);
    launch();
    launch();
    scheduler.resolve(id, 7);
    assertThatThrownBy(() -> scheduler.append(id, new int[] {8, 9, 10}))
        .hasMessageContaining("cannot take 3 tokens");
    assertThat(scheduler.append(id, new int[] {8, 9})).isTrue();
    assertThat(only(launch()).tokenIds()).containsExactly(8, 9);
    scheduler.resolve(id, 10);
    assertThat(launch().isEmpty()).isTrue(); // it is the last one
  }

  /** A prompt of another tenant takes all that a step has room for, but not before them. */
  @Test
  void goWithTheirStreamWhateverPromptsThereAre() {
    long id = submit(20);
    launch();
    scheduler.resolve(id, 7);
    scheduler.submit(
        new SchedulingRequest("long", "other", ServiceTier.PRIORITY, 0, new int[150], 4, 1));
    assertThat(launch().sequences()).hasSize(2); // the stream's token, and 63 of the prompt
    scheduler.resolve(id, 8);
    assertThat(scheduler.append(id, new int[] {9, 10, 11, 12})).isTrue();
    StepPlan plan = launch();
    assertThat(plan.sequences()).hasSize(2);
    assertThat(plan.sequences().getFirst().tokenIds()).containsExactly(8, 9, 10, 11, 12);
    assertThat(plan.sequences().getLast().tokenIds()).hasSize(59);
  }
}
