package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import java.util.ArrayList;
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

  @Property(tries = 400)
  void everySequenceGetsExactlyItsTokens(
      @ForAll long seed,
      @ForAll @IntRange(min = 3, max = 24) int blocks,
      @ForAll @IntRange(min = 1, max = 6) int maxSeqs,
      @ForAll @IntRange(min = 0, max = 12) int extraTokens) {
    Model model = new Model(new Random(seed), blocks, maxSeqs, maxSeqs + extraTokens);
    for (int i = 0; i < 60; i++) {
      model.act();
    }
    for (int i = 0; model.scheduler.hasWork(); i++) {
      assertThat(i).as("steps until everything has drained").isLessThan(5000);
      model.step();
    }
    assertThat(model.pool.freeBlocks()).isEqualTo(blocks);
    assertThat(model.open).isEmpty();
    assertThat(model.scheduler.runningSequences()).isZero();
    assertThat(model.scheduler.waitingSequences()).isZero();
  }

  /**
   * What the scheduler should do, kept naively: all tokens of each sequence, and what it may use.
   */
  private static final class Model {
    final Random random;
    final BlockPool pool;
    final SchedulerConfig config;
    final Scheduler scheduler;
    final Map<Long, Expected> open = new HashMap<>();

    Model(Random random, int blocks, int maxSeqs, int maxTokens) {
      this.random = random;
      this.pool = new BlockPool(blocks, BLOCK);
      this.config = new SchedulerConfig(maxSeqs, maxTokens, 5, 64);
      this.scheduler = new Scheduler(config, pool, OrderingPolicy.TIER_PRIORITY_ARRIVAL);
    }

    void act() {
      switch (random.nextInt(6)) {
        case 0, 1 -> submit();
        case 2 -> {
          if (!open.isEmpty()) {
            cancelOne();
          }
        }
        default -> step();
      }
      scheduler.checkInvariants();
    }

    void submit() {
      int[] prompt = random.ints(1 + random.nextInt(20), 0, 100).toArray();
      int max = 1 + random.nextInt(12);
      int n = 1 + random.nextInt(3);
      ServiceTier tier = ServiceTier.values()[random.nextInt(4)];
      boolean fits =
          prompt.length + max <= 64
              && pool.blocksFor(prompt.length + max - 1) <= pool.totalBlocks();
      switch (scheduler.submit(
          new SchedulingRequest("r", "t", tier, random.nextInt(2), prompt, max, n))) {
        case Submission.Accepted accepted -> {
          assertThat(fits).isTrue();
          for (int i = 0; i < n; i++) {
            open.put(accepted.firstSequence() + i, new Expected(prompt, max));
          }
        }
        case Submission.TooLong _ -> assertThat(fits).isFalse();
        case Submission.QueueFull _ ->
            assertThat(scheduler.waitingSequences()).isGreaterThanOrEqualTo(5);
      }
    }

    void cancelOne() {
      List<Long> ids = new ArrayList<>(new TreeSet<>(open.keySet()));
      long id = ids.get(random.nextInt(ids.size()));
      open.remove(id);
      scheduler.finish(id);
    }

    void step() {
      StepPlan plan = scheduler.plan();
      assertThat(plan.isEmpty()).isEqualTo(!scheduler.hasWork());
      assertThat(plan.numTokens()).isLessThanOrEqualTo(config.maxNumBatchedTokens());
      assertThat(plan.sequences()).hasSizeLessThanOrEqualTo(config.maxNumSeqs());
      assertThat(plan.sequences()).extracting(ScheduledSequence::sequence).doesNotHaveDuplicates();
      for (ScheduledSequence s : plan.sequences()) {
        open.get(s.sequence()).check(s);
      }
      checkNobodyWritesSharedBlocks(plan);
      scheduler.advance(plan);
      for (ScheduledSequence s : plan.sequences()) {
        if (s.sampled()) {
          Expected expected = open.get(s.sequence());
          expected.tokens.add(random.nextInt(100));
          if (expected.tokens.size() == expected.promptLength + expected.maxTokens) {
            open.remove(s.sequence());
            scheduler.finish(s.sequence());
          } else {
            scheduler.append(s.sequence(), expected.tokens.getLast());
          }
        }
      }
      scheduler.checkInvariants();
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
    final int promptLength;
    final int maxTokens;
    int computed;

    Expected(int[] prompt, int maxTokens) {
      for (int token : prompt) {
        tokens.add(token);
      }
      this.promptLength = prompt.length;
      this.maxTokens = maxTokens;
    }

    void check(ScheduledSequence s) {
      // On from where it was, or from a shared prefix, or from the start after a preemption.
      if (s.firstPosition() != computed) {
        assertThat(s.firstPosition()).isIn(0, (promptLength - 1) / BLOCK * BLOCK);
      }
      for (int i = 0; i < s.tokenIds().length; i++) {
        assertThat(s.tokenIds()[i]).isEqualTo(tokens.get(s.firstPosition() + i));
      }
      computed = s.contextLength();
      assertThat(computed).isLessThanOrEqualTo(tokens.size());
      assertThat(s.sampled()).isEqualTo(computed == tokens.size());
      assertThat(s.blockTable().length * BLOCK).isGreaterThanOrEqualTo(computed);
      assertThat(s.promptLength()).isEqualTo(promptLength);
    }
  }
}
