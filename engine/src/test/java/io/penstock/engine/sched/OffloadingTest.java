package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.HostSlots;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of a preempted sequence's cache, by exact outcome. Blocks hold 16 tokens. */
class OffloadingTest {
  private static final PreemptionCost ALWAYS = (_, _) -> true;

  private BlockPool pool;
  private HostSlots host;
  private Offloading offloading;
  private Scheduler scheduler;

  /** Room for requests that are expected to grow little, so that they crowd each other out. */
  private void scheduler(int blocks, int slots, PreemptionCost cost) {
    pool = new BlockPool(blocks, 16);
    host = new HostSlots(slots);
    offloading = new Offloading(host, cost, () -> 4);
    scheduler =
        new Scheduler(
            new SchedulerConfig(4, 64, 0, 8, 1024),
            pool,
            SchedulerContext.NONE.with(offloading),
            new GrowthEstimate(0));
  }

  private long submit(int prompt, int max) {
    return ((Submission.Accepted)
            scheduler.submit(
                new SchedulingRequest(
                    "r",
                    "tenant",
                    ServiceTier.DEFAULT,
                    0,
                    IntStream.range(0, prompt).toArray(),
                    max,
                    1)))
        .firstSequence();
  }

  private StepPlan launch() {
    StepPlan plan = scheduler.plan();
    scheduler.checkInvariants();
    scheduler.launched(plan);
    scheduler.checkInvariants();
    return plan;
  }

  private void apply(StepPlan plan) {
    plan.sequences().stream()
        .filter(ScheduledSequence::sampled)
        .forEach(s -> scheduler.resolve(s.sequence(), 7));
  }

  private StepPlan step() {
    StepPlan plan = launch();
    apply(plan);
    return plan;
  }

  /** Steps until one is preempted; that step. */
  private StepPlan crowd() {
    for (int i = 0; i < 100; i++) {
      StepPlan plan = step();
      if (scheduler.preemptions() > 0) {
        return plan;
      }
    }
    throw new AssertionError("nobody was preempted");
  }

  private static List<String> computed(StepPlan plan) {
    return plan.sequences().stream()
        .map(s -> "%d: %d+%d".formatted(s.sequence(), s.firstPosition(), s.tokenIds().length))
        .toList();
  }

  private static List<String> copies(List<CacheCopy> copies) {
    return copies.stream()
        .map(
            c ->
                "%d: %s %s"
                    .formatted(
                        c.sequence(),
                        IntStream.of(c.blocks()).boxed().toList(),
                        IntStream.of(c.slots()).boxed().toList()))
        .toList();
  }

  /** Sequences 0 and 1 with two blocks each and two free ones; both have 48 tokens in the end. */
  private StepPlan twoCrowdEachOther(int slots, PreemptionCost cost) {
    scheduler(6, slots, cost);
    submit(31, 40);
    submit(31, 40);
    StepPlan crowded = crowd();
    assertThat(computed(crowded)).containsExactly("0: 48+1");
    assertThat(scheduler.waitingSequences()).isEqualTo(1);
    return crowded;
  }

  @Test
  void theCacheWaitsOnTheHostAndComesBackUnchanged() {
    StepPlan crowded = twoCrowdEachOther(8, ALWAYS);
    // The block that the first needs is one of those that are copied: the copy is made before.
    assertThat(copies(crowded.offloads())).containsExactly("1: [2, 3, 5] [0, 1, 2]");
    assertThat(crowded.restores()).isEmpty();
    assertThat(crowded.sequences().getFirst().blockTable()).containsExactly(0, 1, 4, 2);
    assertThat(host.free()).isEqualTo(5);
    assertThat(step().copies()).isFalse();

    scheduler.finish(0);
    StepPlan resumed = step();
    assertThat(copies(resumed.restores())).hasSize(1).first().asString().endsWith("[0, 1, 2]");
    assertThat(computed(resumed)).containsExactly("1: 48+1");
    assertThat(resumed.sequences().getFirst().blockTable())
        .startsWith(resumed.restores().getFirst().blocks())
        .hasSize(4);
    assertThat(host.free()).isEqualTo(8);
    assertThat(offloading.offloadedSequences()).isEqualTo(1);
    assertThat(offloading.copiedBlocks()).isEqualTo(6);
    assertThat(scheduler.preemptions()).isEqualTo(1);
  }

  @Test
  void itIsComputedAgainWhereThatIsCheaper() {
    PreemptionCost never =
        (tokens, blocks) -> {
          assertThat(tokens).isEqualTo(48);
          assertThat(blocks).isEqualTo(3);
          return false;
        };
    assertThat(twoCrowdEachOther(8, never).copies()).isFalse();
    scheduler.finish(0);
    assertThat(computed(step())).containsExactly("1: 0+49");
    assertThat(offloading.offloadedSequences()).isZero();
  }

  @Test
  void itIsComputedAgainWhenTheHostIsFull() {
    assertThat(twoCrowdEachOther(2, ALWAYS).copies()).isFalse();
    scheduler.finish(0);
    assertThat(computed(step())).containsExactly("1: 0+49");
  }

  @Test
  void comesBackBesideAStepOfOthersAndIsComputedInTheNext() {
    scheduler(9, 8, ALWAYS);
    submit(31, 40);
    submit(31, 40);
    submit(31, 40);
    crowd();
    scheduler.finish(1);
    StepPlan beside = step();
    assertThat(computed(beside)).containsExactly("0: 49+1");
    assertThat(copies(beside.restores())).hasSize(1).first().asString().startsWith("2: ");
    assertThat(scheduler.runningSequences()).isEqualTo(2);
    StepPlan next = step();
    assertThat(computed(next)).containsExactly("0: 50+1", "2: 47+1");
    assertThat(next.copies()).isFalse();
    assertThat(next.sequences().getLast().blockTable())
        .startsWith(beside.restores().getFirst().blocks());
  }

  @Test
  void aTokenInFlightIsCopiedAndItsSuccessorKnownWhenItResumes() {
    scheduler(6, 8, ALWAYS);
    submit(31, 40);
    submit(31, 40);
    for (int i = 0; i < 17; i++) {
      step();
    }
    StepPlan inFlight = launch();
    assertThat(computed(inFlight)).containsExactly("0: 47+1", "1: 47+1");
    StepPlan crowded = launch();
    assertThat(computed(crowded)).containsExactly("0: 48+1");
    assertThat(crowded.offloads().getFirst().blocks()).hasSize(3); // 48 tokens: with that in flight
    apply(inFlight);
    scheduler.finish(0);
    StepPlan resumed = launch();
    assertThat(computed(resumed)).containsExactly("1: 48+1");
    assertThat(resumed.sequences().getFirst().tokenIds()).containsExactly(7);
  }

  @Test
  void whoeverEndsMeanwhileLeavesNothingOnTheHost() {
    twoCrowdEachOther(8, ALWAYS);
    scheduler.finish(1);
    scheduler.checkInvariants();
    assertThat(host.free()).isEqualTo(8);
    assertThat(step().copies()).isFalse();
  }

  @Test
  void whatAFailedStepShouldHaveCopiedIsComputedAgain() {
    StepPlan crowded = twoCrowdEachOther(8, ALWAYS);
    scheduler.failed(crowded);
    scheduler.finish(0);
    scheduler.checkInvariants();
    assertThat(host.free()).isEqualTo(8);
    StepPlan again = step();
    assertThat(computed(again)).containsExactly("1: 0+49");
    assertThat(again.copies()).isFalse();
  }

  @Test
  void whatAFailedStepShouldHaveBroughtBackIsComputedAgain() {
    scheduler(9, 8, ALWAYS);
    submit(31, 40);
    submit(31, 40);
    submit(31, 40);
    crowd();
    scheduler.finish(1);
    StepPlan beside = launch();
    assertThat(beside.restores()).hasSize(1);
    scheduler.failed(beside);
    scheduler.finish(0); // it was computed in that step
    scheduler.checkInvariants();
    assertThat(computed(step())).containsExactly("2: 0+48");
  }

  @Test
  void severalComeBackOverSeveralSteps() {
    scheduler(8, 8, ALWAYS); // four blocks a step
    Sequence first = offloaded(1, 40);
    Sequence second = offloaded(2, 17);
    assertThat(host.free()).isEqualTo(3);
    first.table.tryGrow(41);
    assertThat(offloading.canRestore(first)).isTrue();
    offloading.restore(first);
    assertThat(offloading.canRestore(second)).isFalse();
    StepPlan plan = offloading.plan(List.of(first.schedule(1)));
    assertThat(copies(plan.offloads()))
        .containsExactly("1: [0, 1, 2] [0, 1, 2]", "2: [0, 1] [3, 4]");
    assertThat(copies(plan.restores())).containsExactly("1: [0, 1, 2] [0, 1, 2]");
    assertThat(host.free()).isEqualTo(6);
    assertThat(offloading.canRestore(second)).isTrue();
  }

  @Test
  void whoeverIsPreemptedBeforeItsCopyIsUnderWayStaysOnTheHost() {
    scheduler(8, 8, ALWAYS);
    Sequence sequence = offloaded(1, 40);
    int[] slots = sequence.slots;
    sequence.table.tryGrow(41);
    offloading.restore(sequence);
    assertThat(offloading.tryOffload(sequence)).isTrue();
    assertThat(sequence.slots).isSameAs(slots);
    assertThat(pool.freeBlocks()).isEqualTo(8);
    assertThat(offloading.plan(List.of(sequence.schedule(1))).restores()).isEmpty();
  }

  /** A sequence with {@code computed} tokens in the cache, moved to the host. */
  private Sequence offloaded(long id, int computed) {
    SchedulingRequest request =
        new SchedulingRequest("r", "tenant", ServiceTier.DEFAULT, 0, new int[computed + 1], 9, 1);
    Sequence sequence =
        new Sequence(id, request, 0, new TenantAccount("tenant", 1), SchedulingPolicy.FAIR, pool);
    sequence.table.tryGrow(computed + 1);
    sequence.advance(computed);
    assertThat(offloading.tryOffload(sequence)).isTrue();
    assertThat(sequence.table.isEmpty()).isTrue();
    return sequence;
  }

  @Test
  void theFirstToComeBackMayBeLargerThanAStepBringsBack() {
    scheduler(12, 12, ALWAYS);
    submit(15, 170);
    submit(90, 70);
    crowd();
    assertThat(host.free()).isEqualTo(12 - 8);
    scheduler.finish(0);
    assertThat(step().restores().getFirst().blocks()).hasSize(8);
  }
}
