package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.HostSlots;
import io.penstock.engine.kv.PrefixCache;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Random requests, cancellations and steps: nothing is lost, leaked, or computed twice over. */
class SchedulerPropertyTest {
  private static final int BLOCK = 4;

  /** Steps of a few tokens reach the tiers' targets. */
  private static final StepCost COST = new LinearStepCost(4e6, 2e6, 5e4, 1e6, 2e4);

  @Property(tries = 400)
  void everySequenceGetsExactlyItsTokens(
      @ForAll long seed,
      @ForAll @IntRange(min = 3, max = 24) int blocks,
      @ForAll @IntRange(min = 1, max = 6) int maxSeqs,
      @ForAll @IntRange(min = 0, max = 12) int extraTokens,
      @ForAll @IntRange(min = 0, max = 8) int urgentTokens,
      @ForAll @IntRange(min = 0, max = 24) int interposedTokens,
      @ForAll @IntRange(min = 0, max = 4) int maxPrefill,
      @ForAll @IntRange(min = 1, max = 2) int depth,
      @ForAll @IntRange(min = 0, max = 16) int slots,
      @ForAll boolean cached,
      @ForAll boolean costKnown,
      @ForAll boolean fails) {
    SchedulingPolicy policy = // tenants get far enough from each other, if costs are known
        costKnown ? SchedulingPolicy.FAIR.with(12, 24) : SchedulingPolicy.FAIR;
    SchedulerConfig config =
        new SchedulerConfig(
            maxSeqs,
            maxSeqs + extraTokens,
            maxSeqs + extraTokens + urgentTokens,
            interposedTokens,
            maxPrefill,
            5,
            64,
            policy);
    Model model =
        new Model(
            new Random(seed),
            blocks,
            config,
            depth,
            slots,
            cached,
            costKnown ? COST : StepCost.UNKNOWN);
    for (int i = 0; i < 60; i++) {
      if (fails && i % 8 == 7) {
        model.fail();
      } else {
        model.act();
      }
    }
    model.drain();
    assertThat(model.pool.freeBlocks()).isEqualTo(blocks);
    assertThat(model.offloading.freeSlots()).isEqualTo(slots);
    assertThat(model.open).isEmpty();
    assertThat(model.scheduler.runningSequences()).isZero();
    assertThat(model.scheduler.waitingSequences()).isZero();
  }

  /** Every request uses all tokens that it may, and no prompt waits for tokens of a step. */
  @Property(tries = 200)
  void nobodyIsPreemptedWhenEverybodyGrowsAsExpected(
      @ForAll long seed,
      @ForAll @IntRange(min = 8, max = 40) int blocks,
      @ForAll @IntRange(min = 1, max = 2) int depth) {
    Model model =
        new Model(
            new Random(seed),
            blocks,
            new SchedulerConfig(8, 200, 50, 64),
            depth,
            0,
            false,
            StepCost.UNKNOWN);
    model.endsEarly = false;
    model.tiers = 1; // a higher tier may make a lower one yield
    model.choices = 1;
    for (int i = 0; i < 40; i++) {
      model.submit();
      model.step();
    }
    model.drain();
    assertThat(model.scheduler.preemptions()).isZero();
  }

  /**
   * What the scheduler should do, kept naively: all tokens of each sequence, and what it may use.
   */
  private static final class Model {
    final Random random;
    final BlockPool pool;
    final SchedulerConfig config;
    final Offloading offloading;
    final Scheduler scheduler;
    final CacheContents contents;
    final Map<Long, Expected> open = new HashMap<>();
    final int depth;
    final Deque<StepPlan> inFlight = new ArrayDeque<>();
    Runnable uncomputed = () -> {}; // what the device does yet of the step launched last
    boolean endsEarly = true;
    int interposed;
    int choices = 3;
    int tiers = 4;

    Model(
        Random random,
        int blocks,
        SchedulerConfig config,
        int depth,
        int slots,
        boolean cached,
        StepCost cost) {
      this.random = random;
      this.pool = new BlockPool(blocks, BLOCK);
      this.config = config;
      this.offloading =
          new Offloading(
              new HostSlots(slots), (tokens, _) -> tokens % 4 != 0, () -> 1 + random.nextInt(8));
      this.contents = new CacheContents(blocks, slots, BLOCK);
      this.scheduler =
          new Scheduler(
              config,
              pool,
              SchedulerContext.NONE
                  .with(cached ? new PrefixCache(pool, 7) : null)
                  .with(offloading)
                  .with(cost),
              new GrowthEstimate(1));
      this.depth = depth;
    }

    void drain() {
      for (int i = 0; scheduler.hasWork() || !inFlight.isEmpty(); i++) {
        assertThat(i).as("steps until everything has drained").isLessThan(5000);
        step();
      }
    }

    void act() {
      switch (random.nextInt(7)) {
        case 0, 1 -> submit();
        case 2 -> {
          if (!open.isEmpty()) {
            cancelOne();
          }
        }
        case 3 -> interpose();
        default -> step();
      }
      scheduler.checkInvariants();
    }

    void submit() {
      int[] prompt = random.ints(1 + random.nextInt(20), 0, 100).toArray();
      if (random.nextBoolean()) { // begins like others do
        Arrays.setAll(prompt, i -> i < 9 ? i : prompt[i]);
      }
      int max = 1 + random.nextInt(12);
      int n = 1 + random.nextInt(choices);
      ServiceTier tier = ServiceTier.values()[random.nextInt(tiers)];
      boolean fits =
          prompt.length + max <= 64
              && pool.blocksFor(prompt.length + max - 1) <= pool.totalBlocks();
      String tenant = "t" + random.nextInt(3);
      Submission answer =
          scheduler.submit(
              new SchedulingRequest("r", tenant, tier, random.nextInt(2), prompt, max, n));
      for (Rejection rejection : scheduler.takeRejected()) {
        long first = rejection.sequence();
        int[] own = open.get(first).prompt;
        for (long id = first; id < first + choices; id++) {
          if (open.containsKey(id) && open.get(id).prompt == own) {
            assertThat(open.remove(id).computed).isZero();
          }
        }
      }
      switch (answer) {
        case Submission.Accepted accepted -> {
          assertThat(fits).isTrue();
          for (int i = 0; i < n; i++) {
            open.put(accepted.firstSequence() + i, new Expected(prompt, max));
          }
        }
        case Submission.TooLong _ -> assertThat(fits).isFalse();
        case Submission.Refused _ ->
            assertThat(scheduler.waitingSequences()).isGreaterThanOrEqualTo(5);
      }
    }

    void cancelOne() {
      List<Long> ids = new ArrayList<>(new TreeSet<>(open.keySet()));
      endRequest(open.get(ids.get(random.nextInt(ids.size()))).prompt);
    }

    /** Plans and launches; applies the oldest step when the pipeline is full or nothing is left. */
    void step() {
      StepPlan plan = scheduler.plan();
      if (inFlight.isEmpty()) {
        assertThat(plan.isEmpty()).isEqualTo(!scheduler.hasWork());
      }
      check(plan, config.maxUrgentBatchedTokens());
      compute();
      Runnable contentsOfPlan = contents(plan);
      uncomputed =
          () -> {
            contents.copy(plan);
            contentsOfPlan.run();
          };
      if (!plan.isEmpty()) {
        scheduler.launched(plan);
        inFlight.add(plan);
      }
      scheduler.checkInvariants();
      if (inFlight.size() == depth || plan.isEmpty() && !inFlight.isEmpty()) {
        apply(inFlight.remove());
      }
    }

    /** The device computes what it was given. */
    private void compute() {
      uncomputed.run();
      uncomputed = () -> {};
    }

    private Runnable contents(StepPlan plan) {
      Map<Long, Expected> expected = new HashMap<>(open); // also if it ends before it is computed
      return () -> {
        for (ScheduledSequence s : plan.sequences()) {
          contents.compute(s, expected.get(s.sequence())::content);
        }
      };
    }

    /** Urgent prompts amid the step in flight: the device may compute either first. */
    void interpose() {
      if (inFlight.size() != 1) {
        return;
      }
      StepPlan running = inFlight.peek();
      StepPlan plan =
          scheduler.planAmid(running, random.nextInt(10) * 1e6, random.nextInt(80) * 1e6);
      if (plan.isEmpty()) {
        return;
      }
      check(plan, config.maxInterposedTokens());
      checkTheyHaveNoBlockInCommonThatIsWritten(running, plan);
      if (random.nextBoolean()) {
        compute();
      }
      contents(plan).run();
      interposed++;
      if (random.nextInt(8) == 0) { // it fails, and the other goes on
        for (ScheduledSequence s : plan.sequences()) {
          if (open.containsKey(s.sequence())) {
            endRequest(open.get(s.sequence()).prompt);
          }
        }
        return;
      }
      scheduler.launched(plan);
      apply(plan);
    }

    private static void checkTheyHaveNoBlockInCommonThatIsWritten(StepPlan one, StepPlan other) {
      assertThat(used(other, false)).doesNotContainAnyElementsOf(used(one, true));
      assertThat(used(one, false)).doesNotContainAnyElementsOf(used(other, true));
    }

    private static List<Integer> used(StepPlan plan, boolean written) {
      return plan.sequences().stream()
          .flatMap(
              s ->
                  Arrays.stream(s.blockTable())
                      .skip(written ? s.firstPosition() / BLOCK : 0)
                      .boxed())
          .toList();
    }

    /** Steps in flight fail, or the launch of the next one: as the engine's pipeline has it. */
    void fail() {
      compute();
      if (random.nextBoolean()) {
        StepPlan plan = scheduler.plan();
        check(plan, config.maxUrgentBatchedTokens());
        while (!inFlight.isEmpty()) {
          apply(inFlight.remove());
        }
        if (!plan.isEmpty()) {
          inFlight.add(plan);
        }
      }
      while (!inFlight.isEmpty()) {
        StepPlan failed = inFlight.remove();
        contents.lose(failed);
        scheduler.failed(failed);
        for (ScheduledSequence s : failed.sequences()) {
          Expected ended = open.get(s.sequence());
          if (ended != null) {
            endRequest(ended.prompt);
          }
        }
      }
      open.values().forEach(expected -> expected.mayFallBack = true);
      scheduler.checkInvariants();
    }

    private void endRequest(int[] prompt) {
      for (long id : List.copyOf(open.keySet())) {
        if (open.get(id).prompt == prompt) {
          open.remove(id);
          scheduler.finish(id);
        }
      }
    }

    private void check(StepPlan plan, int mostTokens) {
      assertThat(plan.numTokens()).isLessThanOrEqualTo(mostTokens);
      assertThat(plan.sequences()).hasSizeLessThanOrEqualTo(config.maxNumSeqs());
      assertThat(plan.sequences()).extracting(ScheduledSequence::sequence).doesNotHaveDuplicates();
      List<Long> rows = inFlight.isEmpty() ? List.of() : sampled(inFlight.getLast());
      for (ScheduledSequence s : plan.sequences()) {
        open.get(s.sequence()).check(s, rows.indexOf(s.sequence()));
      }
      checkNobodyWritesSharedBlocks(plan);
    }

    private static List<Long> sampled(StepPlan plan) {
      return plan.sequences().stream()
          .filter(ScheduledSequence::sampled)
          .map(ScheduledSequence::sequence)
          .toList();
    }

    private void apply(StepPlan plan) {
      for (long id : sampled(plan)) {
        Expected expected = open.get(id);
        if (expected == null) {
          continue; // it ended while this step was in flight
        }
        expected.tokens.add(random.nextInt(100));
        if (expected.tokens.size() == expected.promptLength + expected.maxTokens
            || endsEarly && random.nextInt(8) == 0) {
          open.remove(id);
          scheduler.finish(id);
        } else {
          scheduler.resolve(id, expected.tokens.getLast());
        }
        scheduler.checkInvariants();
      }
    }

    private void checkNobodyWritesSharedBlocks(StepPlan plan) {
      Map<Integer, Long> writers = new HashMap<>();
      for (ScheduledSequence s : plan.sequences()) {
        for (int p = s.firstPosition(); p < s.contextLength(); p++) {
          int block = s.blockTable()[p / BLOCK];
          assertThat(pool.referenceCount(block)).isEqualTo(1);
          assertThat(writers.putIfAbsent(block, s.sequence())).isIn(null, s.sequence());
        }
      }
    }
  }

  private static final class Expected {
    final List<Integer> tokens = new ArrayList<>();
    final int[] prompt;
    final int promptLength;
    final int maxTokens;
    int computed;
    boolean mayFallBack; // a step failed: on from anywhere

    Expected(int[] prompt, int maxTokens) {
      this.prompt = prompt;
      for (int token : prompt) {
        tokens.add(token);
      }
      this.promptLength = prompt.length;
      this.maxTokens = maxTokens;
    }

    /** What the cache should hold of it: a token that is known, or something. */
    long content(int position) {
      return position < tokens.size() ? 1 + tokens.get(position) : CacheContents.UNKNOWN;
    }

    /**
     * @param row of its token that is in flight, or -1
     */
    void check(ScheduledSequence s, int row) {
      // On from where it was, or from what the cache holds of its own tokens.
      if (!mayFallBack && s.firstPosition() != computed) {
        assertThat(s.firstPosition() % BLOCK).isZero();
      }
      int length = tokens.size() + (row >= 0 ? 1 : 0);
      for (int i = 0; i < s.tokenIds().length; i++) {
        int position = s.firstPosition() + i;
        assertThat(s.tokenIds()[i])
            .isEqualTo(position < tokens.size() ? tokens.get(position) : -1 - row);
      }
      mayFallBack = false;
      computed = s.contextLength();
      assertThat(computed).isLessThanOrEqualTo(length).isLessThan(promptLength + maxTokens);
      assertThat(s.sampled()).isEqualTo(computed == length);
      assertThat(s.blockTable().length * BLOCK).isGreaterThanOrEqualTo(computed);
      assertThat(s.promptLength()).isEqualTo(promptLength);
    }
  }
}
