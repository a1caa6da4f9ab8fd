package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.WaitCause;
import io.penstock.engine.kv.BlockPool;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Policy by exact outcome: who computes which tokens in which blocks. */
class SchedulerTest {
  private BlockPool pool;
  private Scheduler scheduler;
  private long base; // id of the first sequence that a test looks at

  private void scheduler(int blocks, int maxSeqs, int maxTokens) {
    scheduler(blocks, maxSeqs, maxTokens, 0);
  }

  private void scheduler(int blocks, int maxSeqs, int maxTokens, int maxPrefill) {
    pool = new BlockPool(blocks, 16);
    scheduler =
        new Scheduler(
            new SchedulerConfig(maxSeqs, maxTokens, maxPrefill, 4, 1024),
            pool,
            SchedulerContext.NONE,
            new GrowthEstimate(1));
  }

  private static SchedulingRequest request(
      String id, ServiceTier tier, int prompt, int max, int n) {
    return new SchedulingRequest(
        id, "tenant", tier, 0, IntStream.range(0, prompt).toArray(), max, n);
  }

  private long submit(String id, ServiceTier tier, int prompt, int max, int n) {
    Submission answer = scheduler.submit(request(id, tier, prompt, max, n));
    assertThat(answer).isInstanceOf(Submission.Accepted.class);
    return ((Submission.Accepted) answer).firstSequence() - base;
  }

  private long submit(String id, int prompt, int max) {
    return submit(id, ServiceTier.DEFAULT, prompt, max, 1);
  }

  /** Plans a step and gives every sampled sequence the token 7. */
  private StepPlan step() {
    StepPlan plan = launch();
    apply(plan);
    return plan;
  }

  private StepPlan launch() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    scheduler.checkInvariants();
    return plan;
  }

  private void apply(StepPlan plan) {
    plan.sequences().stream()
        .filter(ScheduledSequence::sampled)
        .forEach(s -> scheduler.resolve(s.sequence(), 7));
    scheduler.checkInvariants();
  }

  /** Lets the scheduler see requests for {@code max} tokens that end after the first. */
  private void learnThatRequestsEndEarly(int max) {
    for (int i = 0; i < 100; i++) {
      long id = submit("early", 1, max);
      step();
      finish(id);
      base++;
    }
  }

  private void finish(long id) {
    scheduler.finish(base + id);
  }

  private List<String> summary(StepPlan plan) {
    return plan.sequences().stream()
        .map(
            s ->
                "%d: %d+%d%s%s"
                    .formatted(
                        s.sequence() - base,
                        s.firstPosition(),
                        s.tokenIds().length,
                        s.pending()
                            ? " of row " + (-1 - s.tokenIds()[s.tokenIds().length - 1])
                            : "",
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
            "urgent", "tenant", ServiceTier.DEFAULT, -1, new int[] {1, 2, 3, 4}, 1, 1));
    submit("priority", ServiceTier.PRIORITY, 4, 1, 1);
    for (long expected : new long[] {3, 2, 1, 0}) {
      assertThat(summary(step())).containsExactly(expected + ": 0+4 sampled");
      finish(expected);
    }
    assertThat(scheduler.hasWork()).isFalse();
  }

  @Test
  void theLastInOrderYieldsAndResumesWithItsTokens() {
    scheduler(6, 4, 64);
    learnThatRequestsEndEarly(40);
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

    finish(0);
    StepPlan resumed = step();
    assertThat(summary(resumed).getFirst()).isEqualTo("1: 0+49 sampled");
    int[] tokens = resumed.sequences().getFirst().tokenIds();
    assertThat(tokens).startsWith(IntStream.range(0, 31).toArray());
    assertThat(IntStream.of(tokens).skip(31)).containsOnly(7).hasSize(18);
  }

  @Test
  void theLowestClassYieldsEvenIfItCameFirst() {
    scheduler(5, 4, 64);
    learnThatRequestsEndEarly(30);
    submit("batch", ServiceTier.BATCH, 30, 30, 1);
    step();
    submit("priority", ServiceTier.PRIORITY, 15, 30, 1);
    assertThat(summary(step())).containsExactly("0: 30+1 sampled", "1: 0+15 sampled");
    for (int i = 0; i < 17; i++) {
      step();
    }
    assertThat(pool.freeBlocks()).isZero();
    assertThat(summary(step())).containsExactly("1: 32+1 sampled");
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

    finish(0);
    scheduler.checkInvariants();
    finish(1);
    assertThat(pool.referenceCount(0)).isEqualTo(1);
    finish(2);
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
    finish(0);
    finish(1);
    scheduler.checkInvariants();
    assertThat(summary(step())).containsExactly("2: 0+16");
    finish(2);
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
                Submission.QueueFull.Bound.ENGINE,
                "4 requests are waiting, which is the limit; try again later.",
                0));
    step();
    submit("next", 4, 4);
    finish(3); // a choice of the second request still waits for it
    assertThat(scheduler.submit(request("full", ServiceTier.DEFAULT, 4, 4, 1)))
        .isInstanceOf(Submission.QueueFull.class);
  }

  // ---- admission

  @Test
  void aSequenceIsAdmittedWhenBlocksLastUntilAllHaveEnded() {
    for (int blocks : new int[] {7, 8}) {
      scheduler(blocks, 4, 64);
      submit("a", 16, 49); // one block, three more until it ends
      submit("b", 16, 49);
      assertThat(step().sequences()).hasSize(blocks == 8 ? 2 : 1);
    }
  }

  @Test
  void whatEndsEarlierGivesItsBlocksToWhatGrowsLonger() {
    scheduler(5, 4, 64);
    submit("a", 16, 17); // one block, and one more
    submit("b", 16, 49); // one block, and three more: six in all if both ended together
    assertThat(summary(step())).containsExactly("0: 0+16 sampled", "1: 0+16 sampled");
    for (int i = 0; i < 15; i++) {
      step();
    }
    StepPlan last = step();
    assertThat(summary(last)).containsExactly("0: 31+1 sampled", "1: 31+1 sampled");
    finish(0);
    for (int i = 0; i < 32; i++) {
      step();
    }
    finish(1);
    assertThat(scheduler.preemptions()).isZero();
    assertThat(pool.freeBlocks()).isEqualTo(5);
  }

  @Test
  void theFirstInOrderIsAdmittedWhenNothingRunsWhateverItMayGrow() {
    scheduler(8, 4, 128);
    submit("a", 100, 28); // eight blocks in the end
    submit("b", 1, 2);
    assertThat(summary(step())).containsExactly("0: 0+100 sampled");
    finish(0);
    assertThat(summary(step())).containsExactly("1: 0+1 sampled");
  }

  @Test
  void requestsThatEndEarlyLetMoreIn() {
    scheduler(12, 8, 128);
    for (int i = 0; i < 4; i++) {
      submit("a" + i, 16, 100); // one block, seven in the end
    }
    assertThat(step().sequences()).hasSize(1);
    for (int i = 0; i < 4; i++) {
      finish(i);
      step();
    }
    base = 4;
    learnThatRequestsEndEarly(100);
    for (int i = 0; i < 4; i++) {
      submit("b" + i, 16, 100); // now two blocks are expected
    }
    assertThat(step().sequences()).hasSize(4);
  }

  // ---- prompts beside decodes

  @Test
  void promptsAreBoundedWhileAnybodyDecodes() {
    scheduler(32, 4, 64, 24);
    submit("a", 40, 3);
    assertThat(summary(step())).containsExactly("0: 0+40 sampled"); // nobody decodes
    submit("b", 50, 1);
    submit("c", 10, 1);
    assertThat(summary(step())).containsExactly("0: 40+1 sampled", "1: 0+24");
    assertThat(summary(step())).containsExactly("0: 41+1 sampled", "1: 24+24");
    finish(0);
    assertThat(summary(step())).containsExactly("1: 48+2 sampled", "2: 0+10 sampled");
  }

  // ---- steps in flight

  @Test
  void aTokenInFlightIsComputedByItsRow() {
    scheduler(32, 4, 64);
    submit("long", 70, 9);
    submit("a", 4, 9);
    StepPlan first = launch();
    assertThat(summary(first)).containsExactly("0: 0+64");
    StepPlan second = launch();
    assertThat(summary(second)).containsExactly("0: 64+6 sampled", "1: 0+4 sampled");
    apply(first);
    submit("b", 5, 9);
    StepPlan third = launch();
    assertThat(summary(third))
        .containsExactly("0: 70+1 of row 0 sampled", "1: 4+1 of row 1 sampled", "2: 0+5 sampled");
    finish(0); // by the token of the second step; its row in the third is nobody's
    scheduler.resolve(1, 7);
    StepPlan fourth = launch();
    assertThat(summary(fourth))
        .containsExactly("1: 5+1 of row 1 sampled", "2: 5+1 of row 2 sampled");
  }

  @Test
  void nothingIsComputedBeyondTheLastToken() {
    scheduler(4, 1, 64);
    submit("a", 20, 2);
    submit("b", 40, 1);
    StepPlan first = launch();
    StepPlan second = launch();
    assertThat(summary(second)).containsExactly("0: 20+1 of row 0 sampled");
    assertThat(scheduler.runningSequences()).isZero();
    assertThat(pool.freeBlocks()).isEqualTo(4);
    apply(first);
    StepPlan third = launch(); // a's last token is in flight: its seat and its blocks are free
    assertThat(summary(third)).containsExactly("1: 0+40 sampled");
    scheduler.resolve(0, 7);
    finish(0);
    assertThat(launch().isEmpty()).isTrue();
    assertThat(scheduler.hasWork()).isTrue();
    finish(1);
    assertThat(scheduler.hasWork()).isFalse();
  }

  @Test
  void aPreemptedPlaceholderIsKnownWhenItsSequenceResumes() {
    scheduler(6, 4, 64);
    learnThatRequestsEndEarly(40);
    submit("a", 31, 40);
    submit("b", 31, 40);
    for (int i = 0; i < 17; i++) {
      step();
    }
    StepPlan inFlight = launch();
    assertThat(summary(inFlight)).containsExactly("0: 47+1 sampled", "1: 47+1 sampled");
    assertThat(pool.freeBlocks()).isZero();
    assertThat(summary(launch())).containsExactly("0: 48+1 of row 0 sampled");
    assertThat(scheduler.preemptions()).isEqualTo(1);
    apply(inFlight);
    finish(0);
    StepPlan resumed = launch();
    assertThat(summary(resumed)).containsExactly("1: 0+49 sampled");
    assertThat(resumed.sequences().getFirst().tokenIds()).endsWith(7, 7).doesNotContain(-1, -2);
  }

  @Test
  void choicesForkWhileTheirPromptIsInFlight() {
    scheduler(16, 4, 64);
    submit("a", ServiceTier.DEFAULT, 40, 9, 2);
    launch();
    assertThat(summary(launch())).containsExactly("0: 40+1 of row 0 sampled", "1: 32+8 sampled");
  }

  @Test
  void whatThoseThatWaitWaitForIsSaid() {
    scheduler(64, 1, 32);
    assertThat(scheduler.waitsFor()).isEqualTo(WaitCause.NONE);
    submit("runs", 8, 100);
    step();
    submit("has no place", 8, 100);
    step();
    assertThat(scheduler.waitsFor()).isEqualTo(WaitCause.PLACE);

    scheduler(4, 4, 32);
    submit("takes all blocks", 40, 24);
    step();
    submit("has no blocks", 40, 24);
    step();
    step();
    assertThat(scheduler.waitsFor()).isEqualTo(WaitCause.CACHE);

    scheduler(64, 4, 32);
    submit("fills the steps", 200, 4);
    submit("comes later", 200, 4);
    step();
    assertThat(scheduler.waitsFor()).isEqualTo(WaitCause.STEP);
  }
}
