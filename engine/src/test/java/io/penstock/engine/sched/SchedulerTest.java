package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Policy by exact outcome: who computes which tokens in which blocks. */
class SchedulerTest {
  private BlockPool pool;
  private Scheduler scheduler;

  private void scheduler(int blocks, int maxSeqs, int maxTokens) {
    pool = new BlockPool(blocks, 16);
    scheduler =
        new Scheduler(
            new SchedulerConfig(maxSeqs, maxTokens, 4, 1024),
            pool,
            OrderingPolicy.TIER_PRIORITY_ARRIVAL);
  }

  private static SchedulingRequest request(
      String id, ServiceTier tier, int prompt, int max, int n) {
    return new SchedulingRequest(
        id, "tenant", tier, 0, IntStream.range(0, prompt).toArray(), max, n);
  }

  private long submit(String id, ServiceTier tier, int prompt, int max, int n) {
    Submission answer = scheduler.submit(request(id, tier, prompt, max, n));
    assertThat(answer).isInstanceOf(Submission.Accepted.class);
    return ((Submission.Accepted) answer).firstSequence();
  }

  private long submit(String id, int prompt, int max) {
    return submit(id, ServiceTier.DEFAULT, prompt, max, 1);
  }

  /** Plans a step and gives every sampled sequence the token 7. */
  private StepPlan step() {
    StepPlan plan = scheduler.plan();
    scheduler.advance(plan);
    plan.sequences().stream()
        .filter(ScheduledSequence::sampled)
        .forEach(s -> scheduler.append(s.sequence(), 7));
    scheduler.checkInvariants();
    return plan;
  }

  private static List<String> summary(StepPlan plan) {
    return plan.sequences().stream()
        .map(
            s ->
                "%d: %d+%d%s"
                    .formatted(
                        s.sequence(),
                        s.firstPosition(),
                        s.tokenIds().length,
                        s.sampled() ? " sampled" : ""))
        .toList();
  }

  @Test
  void aPromptIsComputedInChunksAndThenTokenByToken() {
    scheduler(8, 4, 32);
    submit("a", 70, 3);
    assertThat(summary(step())).containsExactly("0: 0+32");
    assertThat(summary(step())).containsExactly("0: 32+32");
    StepPlan last = step();
    assertThat(summary(last)).containsExactly("0: 64+6 sampled");
    assertThat(last.sequences().getFirst().tokenIds()).containsExactly(64, 65, 66, 67, 68, 69);
    assertThat(last.sequences().getFirst().blockTable()).containsExactly(0, 1, 2, 3, 4);
    StepPlan decode = step();
    assertThat(summary(decode)).containsExactly("0: 70+1 sampled");
    assertThat(decode.sequences().getFirst().tokenIds()).containsExactly(7);
  }

  @Test
  void decodesGoBeforeLongPrompts() {
    scheduler(32, 4, 16);
    submit("short", 4, 9);
    step();
    submit("long", 100, 9);
    for (int i = 0; i < 6; i++) {
      assertThat(summary(step()))
          .containsExactly("0: %d+1 sampled".formatted(4 + i), "1: %d+15".formatted(15 * i));
    }
    assertThat(summary(step())).containsExactly("0: 10+1 sampled", "1: 90+10 sampled");
  }

  @Test
  void severalPromptsShareTheBudgetInOrder() {
    scheduler(32, 4, 16);
    submit("a", 10, 9);
    submit("b", 10, 9);
    assertThat(summary(step())).containsExactly("0: 0+10 sampled", "1: 0+6");
    assertThat(summary(step())).containsExactly("0: 10+1 sampled", "1: 6+4 sampled");
  }

  @Test
  void ordersByTierThenPriorityThenArrival() {
    scheduler(32, 1, 64);
    submit("batch", ServiceTier.BATCH, 4, 1, 1);
    submit("default", ServiceTier.DEFAULT, 4, 1, 1);
    scheduler.submit(
        new SchedulingRequest(
            "urgent", "t", ServiceTier.DEFAULT, -1, new int[] {1, 2, 3, 4}, 1, 1));
    submit("priority", ServiceTier.PRIORITY, 4, 1, 1);
    for (long expected : new long[] {3, 2, 1, 0}) {
      assertThat(summary(step())).containsExactly(expected + ": 0+4 sampled");
      scheduler.finish(expected);
    }
    assertThat(scheduler.hasWork()).isFalse();
  }

  @Test
  void theLastInOrderYieldsAndResumesWithItsTokens() {
    scheduler(6, 4, 64);
    submit("a", 31, 40); // 2 blocks, third at its 33rd token
    submit("b", 31, 40);
    step();
    submit("later", 31, 2);
    step();
    assertThat(scheduler.waitingSequences()).isEqualTo(1); // two blocks are free: the headroom
    for (int i = 0; i < 15; i++) {
      step();
    }
    step();
    assertThat(scheduler.preemptions()).isZero();
    assertThat(pool.freeBlocks()).isZero(); // a and b with 48 tokens each
    StepPlan crowded = step();
    assertThat(summary(crowded)).containsExactly("0: 48+1 sampled");
    assertThat(scheduler.preemptions()).isEqualTo(1);
    assertThat(scheduler.waitingSequences()).isEqualTo(2);

    scheduler.finish(0);
    StepPlan resumed = step();
    assertThat(summary(resumed).getFirst()).isEqualTo("1: 0+49 sampled");
    int[] tokens = resumed.sequences().getFirst().tokenIds();
    assertThat(tokens).startsWith(IntStream.range(0, 31).toArray());
    assertThat(IntStream.of(tokens).skip(31)).containsOnly(7).hasSize(18);
  }

  @Test
  void theLowestClassYieldsEvenIfItCameFirst() {
    scheduler(4, 4, 64);
    submit("batch", ServiceTier.BATCH, 30, 20, 1);
    step();
    submit("priority", ServiceTier.PRIORITY, 15, 30, 1);
    assertThat(summary(step())).containsExactly("0: 30+1 sampled", "1: 0+15 sampled");
    step(); // priority takes its second block, the last
    assertThat(summary(step())).containsExactly("1: 16+1 sampled");
    assertThat(scheduler.preemptions()).isEqualTo(1);
  }

  @Test
  void choicesShareTheFullBlocksOfThePrompt() {
    scheduler(16, 4, 64);
    submit("a", ServiceTier.DEFAULT, 40, 9, 3);
    assertThat(summary(step())).containsExactly("0: 0+40 sampled");
    StepPlan fork = step();
    assertThat(summary(fork))
        .containsExactly("0: 40+1 sampled", "1: 32+8 sampled", "2: 32+8 sampled");
    assertThat(fork.sequences().get(1).blockTable()).containsExactly(0, 1, 3);
    assertThat(fork.sequences().get(2).blockTable()).containsExactly(0, 1, 4);
    assertThat(pool.referenceCount(0)).isEqualTo(3);

    scheduler.finish(0);
    scheduler.checkInvariants();
    scheduler.finish(1);
    assertThat(pool.referenceCount(0)).isEqualTo(1);
    scheduler.finish(2);
    assertThat(pool.freeBlocks()).isEqualTo(16);
  }

  @Test
  void aPromptOfWholeBlocksLeavesItsLastBlockToEachChoice() {
    scheduler(16, 4, 64);
    submit("a", ServiceTier.DEFAULT, 32, 9, 2);
    step();
    assertThat(summary(step())).containsExactly("0: 32+1 sampled", "1: 16+16 sampled");
  }

  @Test
  void whenTheFirstChoiceEndsEarlyTheNextComputesThePrompt() {
    scheduler(16, 4, 16);
    submit("a", ServiceTier.DEFAULT, 40, 9, 3);
    step();
    scheduler.finish(0);
    scheduler.finish(1);
    scheduler.checkInvariants();
    assertThat(summary(step())).containsExactly("2: 0+16");
    scheduler.finish(2);
    assertThat(scheduler.hasWork()).isFalse();
    assertThat(pool.freeBlocks()).isEqualTo(16);
  }

  @Test
  void refusesWhatCanNeverFit() {
    scheduler(4, 4, 64);
    assertThat(scheduler.submit(request("context", ServiceTier.DEFAULT, 1020, 5, 1)))
        .isEqualTo(
            new Submission.TooLong(
                "The prompt has 1020 tokens and max_tokens is 5; together they must not exceed the"
                    + " context of 1024 tokens."));
    assertThat(scheduler.submit(request("cache", ServiceTier.DEFAULT, 60, 6, 1)))
        .isEqualTo(
            new Submission.TooLong(
                "Prompt and max_tokens take 66 tokens, the KV cache holds 64 in all."));
    assertThat(scheduler.submit(request("fits", ServiceTier.DEFAULT, 60, 5, 1)))
        .isInstanceOf(Submission.Accepted.class);
  }

  @Test
  void theQueueIsBoundedByRequests() {
    scheduler(16, 1, 64);
    for (int i = 0; i < 4; i++) {
      submit("r" + i, ServiceTier.DEFAULT, 4, 4, 3);
    }
    assertThat(scheduler.submit(request("full", ServiceTier.DEFAULT, 4, 4, 1)))
        .isEqualTo(
            new Submission.QueueFull(
                "4 requests are waiting, which is the limit; try again later."));
    step();
    submit("next", 4, 4);
    scheduler.finish(3); // a choice of the second request still waits for it
    assertThat(scheduler.submit(request("full", ServiceTier.DEFAULT, 4, 4, 1)))
        .isInstanceOf(Submission.QueueFull.class);
  }
}
