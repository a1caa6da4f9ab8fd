package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which prompts are computed amid a running step, and in which blocks. */
class InterposedStepTest {
  private static final LinearStepCost COST = new LinearStepCost(5e6, 17_000, 0, 10_000, 50);
  private static final int BLOCK = 16;
  private static final double LONG = 20e6; // until the running step ends
  private static final double STEP = 30e6;

  private final BlockPool pool = new BlockPool(256, BLOCK);
  private final Scheduler scheduler = scheduler(1024);

  private Scheduler scheduler(int interposedTokens) {
    return scheduler(interposedTokens, pool);
  }

  private static Scheduler scheduler(int interposedTokens, BlockPool pool) {
    return new Scheduler(
        new SchedulerConfig(64, 1024, 2048, interposedTokens, 0, 64, 4096, SchedulingPolicy.FAIR),
        pool,
        SchedulerContext.NONE.with(COST).with(new PrefixCache(pool, 3)));
  }

  private long submit(Scheduler to, String tenant, ServiceTier tier, int[] prompt, int maxTokens) {
    Submission answer =
        to.submit(new SchedulingRequest("r", tenant, tier, 0, prompt, maxTokens, 1));
    return ((Submission.Accepted) answer).firstSequence();
  }

  private long submit(ServiceTier tier, int prompt) {
    int[] tokens = IntStream.range(0, prompt).map(i -> i * 7 + tier.ordinal()).toArray();
    return submit(scheduler, "tenant of " + tier, tier, tokens, 8);
  }

  private StepPlan launch() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    return plan;
  }

  private static List<Long> sequences(StepPlan plan) {
    return plan.sequences().stream().map(ScheduledSequence::sequence).toList();
  }

  private void resolve(StepPlan plan) {
    for (ScheduledSequence s : plan.sequences()) {
      if (s.sampled()) {
        scheduler.resolve(s.sequence(), 7);
      }
    }
  }

  @Test
  void takesPriorityPromptsWholeAndOnceTheyAreInTheNextStep() {
    submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    submit(ServiceTier.DEFAULT, 300);
    long first = submit(ServiceTier.PRIORITY, 100);
    StepPlan amid = scheduler.planAmid(running, LONG, STEP);
    assertThat(sequences(amid)).containsExactly(first);
    assertThat(amid.numTokens()).isEqualTo(100);
    assertThat(amid.sequences().getFirst().sampled()).isTrue();
    scheduler.launched(amid);
    resolve(amid);
    scheduler.checkInvariants();
    assertThat(scheduler.planAmid(running, LONG, STEP).isEmpty()).isTrue(); // nothing is left
    StepPlan next = launch();
    assertThat(
            next.sequences().stream()
                .filter(s -> s.sequence() == first)
                .map(s -> s.tokenIds().length))
        .containsExactly(1); // it goes on as all others do
  }

  @Test
  void leavesToTheNextStepWhatNeedNotWaitForLong() {
    submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    submit(ServiceTier.PRIORITY, 100);
    assertThat(scheduler.planAmid(running, 1.5e6, STEP).isEmpty()).isTrue();
    assertThat(scheduler.planAmid(running, 6e6, STEP).isEmpty()).isFalse();
  }

  @Test
  void putsNoneBeforeAnotherOfItsTier() {
    submit(ServiceTier.DEFAULT, 300);
    submit(ServiceTier.PRIORITY, 300);
    StepPlan running = launch(); // computes the first token of both
    submit(ServiceTier.PRIORITY, 100);
    assertThat(scheduler.planAmid(running, LONG, STEP).isEmpty()).isTrue();
  }

  @Test
  void doesNotStretchAStepToMoreThanTwiceTheTargetOfStreams() {
    submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    submit(ServiceTier.PRIORITY, 800); // 19 ms
    assertThat(scheduler.planAmid(running, LONG, 55e6).isEmpty()).isTrue();
    assertThat(scheduler.planAmid(running, LONG, 45e6).isEmpty()).isFalse();
  }

  @Test
  void takesNoMoreTokensThanTheDeviceHasRoomFor() {
    submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    long first = submit(ServiceTier.PRIORITY, 600);
    submit(ServiceTier.PRIORITY, 601);
    assertThat(sequences(scheduler.planAmid(running, LONG, STEP))).containsExactly(first);
  }

  @Test
  void otherTiersAndDevicesThatDoNotPauseHaveNone() {
    submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    submit(ServiceTier.DEFAULT, 100);
    submit(ServiceTier.FLEX, 100);
    assertThat(scheduler.planAmid(running, LONG, STEP).isEmpty()).isTrue();
    Scheduler plain = scheduler(0);
    submit(plain, "t", ServiceTier.DEFAULT, new int[900], 8);
    StepPlan other = plain.plan();
    plain.launched(other);
    submit(plain, "t", ServiceTier.PRIORITY, new int[100], 8);
    assertThat(plain.planAmid(other, LONG, STEP).isEmpty()).isTrue();
  }

  /** A sequence that ends gives its blocks back while the step that computes it is in flight. */
  @Test
  void takesNoBlocksThatTheRunningStepStillUses() {
    List<Long> ends = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ends.add(submit(ServiceTier.DEFAULT, 200 + i));
    }
    StepPlan running = launch();
    ends.forEach(scheduler::finish);
    submit(ServiceTier.PRIORITY, 400);
    StepPlan amid = scheduler.planAmid(running, LONG, STEP);
    assertThat(blocks(amid)).hasSize(25).doesNotContainAnyElementsOf(blocks(running));
    scheduler.checkInvariants();
  }

  @Test
  void waitsWhenOnlySuchBlocksAreFree() {
    BlockPool small = new BlockPool(70, BLOCK);
    Scheduler own = scheduler(1024, small);
    long large = submit(own, "t", ServiceTier.DEFAULT, new int[1000], 8); // 63 blocks
    StepPlan running = own.plan();
    own.launched(running);
    own.finish(large);
    assertThat(small.freeBlocks()).isEqualTo(70);
    submit(own, "u", ServiceTier.PRIORITY, new int[8 * BLOCK], 8);
    assertThat(own.planAmid(running, LONG, STEP).isEmpty()).isTrue();
    own.checkInvariants();
    assertThat(own.waitingSequences()).isEqualTo(1);
    submit(own, "v", ServiceTier.PRIORITY, new int[7 * BLOCK], 8);
    assertThat(own.plan().sequences()).hasSize(2); // the usual way
  }

  /** A prefix can be found as soon as the step that computes it is launched: too soon here. */
  @Test
  void readsNoPrefixThatTheRunningStepWrites() {
    int[] prompt = IntStream.range(0, 160).toArray();
    submit(scheduler, "t", ServiceTier.DEFAULT, prompt, 8);
    StepPlan running = launch();
    int[] longer = Arrays.copyOf(prompt, 200);
    submit(scheduler, "t", ServiceTier.PRIORITY, longer, 8);
    assertThat(scheduler.planAmid(running, LONG, STEP).isEmpty()).isTrue();
    scheduler.checkInvariants();
    resolve(running);
    StepPlan next = launch(); // single tokens, and the urgent one's rest
    assertThat(next.sequences().getLast().firstPosition()).isEqualTo(160);
  }

  @Test
  void readsAPrefixThatIsComplete() {
    int[] prompt = IntStream.range(0, 160).toArray();
    submit(scheduler, "t", ServiceTier.DEFAULT, prompt, 8);
    resolve(launch());
    submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    submit(scheduler, "t", ServiceTier.PRIORITY, Arrays.copyOf(prompt, 200), 8);
    StepPlan amid = scheduler.planAmid(running, LONG, STEP);
    assertThat(amid.sequences().getFirst().firstPosition()).isEqualTo(160);
    assertThat(amid.numTokens()).isEqualTo(40);
  }

  @Test
  void itsTimeIsItsOwn() {
    long stream = submit(ServiceTier.DEFAULT, 900);
    StepPlan running = launch();
    long urgent = submit(ServiceTier.PRIORITY, 100);
    StepPlan amid = scheduler.planAmid(running, LONG, STEP);
    scheduler.launched(amid);
    scheduler.measured(amid, 8_000_000, true);
    resolve(amid);
    scheduler.measured(running, 21_000_000, true);
    assertThat(scheduler.usage(urgent).computeNanos()).isEqualTo(8e6);
    assertThat(scheduler.usage(stream).computeNanos()).isEqualTo(21e6);
  }

  private static List<Integer> blocks(StepPlan plan) {
    return plan.sequences().stream().flatMap(s -> Arrays.stream(s.blockTable()).boxed()).toList();
  }
}
