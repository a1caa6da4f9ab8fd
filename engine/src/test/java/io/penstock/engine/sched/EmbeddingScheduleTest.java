package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.Pooling;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.kv.BlockPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests to embed: computed to their ends in the same steps as others, and never sampled. */
class EmbeddingScheduleTest {
  private BlockPool pool;
  private Scheduler scheduler;

  private void scheduler(int maxSeqs, int maxTokens, int maxQueued, boolean whole) {
    pool = new BlockPool(64, 16);
    scheduler =
        new Scheduler(
            new SchedulerConfig(
                maxSeqs,
                maxTokens,
                maxTokens,
                0,
                0,
                maxQueued,
                whole ? maxTokens : 1024,
                SchedulingPolicy.FAIR,
                whole),
            pool,
            SchedulerContext.NONE);
  }

  private Submission embed(String tenant, Pooling pooling, int... lengths) {
    List<int[]> inputs = IntStream.of(lengths).mapToObj(int[]::new).toList();
    return scheduler.submit(
        SchedulingRequest.embedding(
            "e",
            tenant,
            ServiceTier.DEFAULT,
            0,
            new SchedulingRequest.Inputs(inputs, pooling),
            TenantTerms.DEFAULT,
            SchedulingRequest.NO_DEADLINE));
  }

  /** A step; what is complete with it ends, as the engine does it. */
  private StepPlan step() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    scheduler.checkInvariants();
    for (ScheduledSequence scheduled : plan.sequences()) {
      assertThat(scheduled.sampled() && scheduled.pooling() != null).isFalse();
      if (scheduled.completesInput()) {
        scheduler.finish(scheduled.sequence());
      } else if (scheduled.sampled()) {
        scheduler.resolve(scheduled.sequence(), 7);
      }
    }
    scheduler.checkInvariants();
    return plan;
  }

  private static List<Integer> lengths(StepPlan plan) {
    return plan.sequences().stream().map(s -> s.tokenIds().length).toList();
  }

  @Test
  void wholeInputsAreNeverCutAndFillSteps() {
    scheduler(8, 64, 4, true);
    embed("a", Pooling.MEAN, 30, 20, 20, 64, 1, 2);
    assertThat(lengths(step())).containsExactly(30); // the others come when it has its place
    assertThat(lengths(step())).containsExactly(20, 20);
    assertThat(lengths(step())).containsExactly(64);
    assertThat(lengths(step())).containsExactly(1, 2);
    assertThat(scheduler.hasWork()).isFalse();
    assertThat(pool.freeBlocks()).isEqualTo(64);
  }

  @Test
  void longInputsOfDecodersAreCutIntoChunks() {
    scheduler(8, 64, 4, false);
    embed("a", Pooling.LAST, 150);
    List<Integer> states = new ArrayList<>();
    while (scheduler.hasWork()) {
      StepPlan plan = step();
      states.add(plan.sequences().getFirst().states());
    }
    assertThat(states).containsExactly(0, 0, 1);
    assertThat(pool.freeBlocks()).isEqualTo(64);
  }

  @Test
  void aRequestTakesOnePlaceOfTheQueueHoweverManyInputsItHas() {
    scheduler(2, 64, 2, false);
    int[] many = new int[500];
    Arrays.fill(many, 10);
    assertThat(embed("a", Pooling.MEAN, many)).isInstanceOf(Submission.Accepted.class);
    assertThat(embed("b", Pooling.MEAN, 10)).isInstanceOf(Submission.Accepted.class);
    assertThat(embed("a", Pooling.MEAN, 10)).isInstanceOf(Submission.QueueFull.class);
    step();
    assertThat(embed("b", Pooling.MEAN, 10)).isInstanceOf(Submission.Accepted.class);
    int steps = 0;
    for (; scheduler.hasWork(); steps++) {
      step();
    }
    assertThat(steps).isEqualTo(250);
  }

  @Test
  void oneOfTooManyTokensRefusesTheRequest() {
    scheduler(2, 64, 2, true);
    assertThat(embed("a", Pooling.MEAN, 3, 65))
        .isInstanceOfSatisfying(
            Submission.TooLong.class,
            refused -> assertThat(refused.message()).contains("65", "64"));
    assertThat(embed("a", Pooling.MEAN, 3, 64)).isInstanceOf(Submission.Accepted.class);
  }

  /** Another tenant's request need not wait until a large one is done. */
  @Test
  void tenantsShareByWhatTheyGet() {
    scheduler(4, 64, 8, true);
    int[] many = new int[400];
    Arrays.fill(many, 32);
    embed("greedy", Pooling.MEAN, many);
    for (int i = 0; i < 20; i++) {
      step();
    }
    long modest = ((Submission.Accepted) embed("modest", Pooling.MEAN, 32)).firstSequence();
    int steps = 1;
    while (step().sequences().stream().noneMatch(s -> s.sequence() == modest)) {
      steps++;
    }
    assertThat(steps).isLessThanOrEqualTo(2);
  }

  @Test
  void asksNoBudgetAndEndsWhenCancelled() {
    pool = new BlockPool(64, 16);
    scheduler =
        new Scheduler(
            new SchedulerConfig(4, 64, 8, 1024), pool, SchedulerContext.NONE.with(refusing()));
    long first = ((Submission.Accepted) embed("a", Pooling.MEAN, 10, 10, 10)).firstSequence();
    scheduler.finish(first);
    assertThat(lengths(step())).containsExactly(10);
    scheduler.finish(first + 2);
    assertThat(scheduler.hasWork()).isFalse();
    assertThat(scheduler.takeStopped()).isEmpty();
  }

  private static TenantBudget refusing() {
    return new TenantBudget() {
      @Override
      public boolean tryTake(String tenant, String request, int tokens) {
        return false;
      }

      @Override
      public void giveBack(String tenant, String request, int tokens) {}
    };
  }

  /** Of any mixture every token is computed once and in order, or from the beginning again. */
  @Test
  void everyTokenIsComputed() {
    Random random = new Random(1);
    scheduler(6, 48, 64, false);
    Map<Long, Integer> computed = new HashMap<>();
    Map<Long, Integer> generated = new HashMap<>();
    int inputs = 0;
    int completed = 0;
    Map<Long, Integer> accepted = new HashMap<>();
    for (int round = 0; round < 600; round++) {
      for (Rejection displaced : scheduler.takeRejected()) { // whole, and before it begins
        inputs -= accepted.getOrDefault(displaced.sequence(), 0);
        assertThat(computed).doesNotContainKey(displaced.sequence());
      }
      if (round < 300 && random.nextInt(4) == 0) {
        int[] lengths = random.ints(1 + random.nextInt(5), 1, 300).toArray();
        if (embed("t" + random.nextInt(3), Pooling.MEAN, lengths)
            instanceof Submission.Accepted(long first)) {
          inputs += lengths.length;
          accepted.put(first, lengths.length);
        }
      } else if (round < 300 && random.nextInt(4) == 0) {
        scheduler.submit(
            new SchedulingRequest(
                "g", "t" + random.nextInt(3), ServiceTier.DEFAULT, 0, new int[40], 30, 1));
      }
      for (ScheduledSequence s : step().sequences()) {
        if (s.pooling() != null) {
          assertThat(s.firstPosition()).isIn(0, computed.getOrDefault(s.sequence(), 0));
          computed.put(s.sequence(), s.contextLength());
          completed += s.completesInput() ? 1 : 0;
        } else if (s.sampled() && generated.merge(s.sequence(), 1, Integer::sum) == 30) {
          scheduler.finish(s.sequence());
        }
      }
    }
    while (scheduler.hasWork()) {
      for (ScheduledSequence s : step().sequences()) {
        completed += s.completesInput() ? 1 : 0;
        if (s.sampled() && generated.merge(s.sequence(), 1, Integer::sum) == 30) {
          scheduler.finish(s.sequence());
        }
      }
    }
    assertThat(completed).isEqualTo(inputs).isPositive();
    assertThat(pool.freeBlocks()).isEqualTo(64);
  }
}
