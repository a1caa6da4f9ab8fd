package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.sched.Submission.QueueFull;
import io.penstock.engine.sched.Submission.QueueFull.Bound;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tiers, tenants, bounds, deadlines, budgets, cached prefixes: by exact outcome. */
class PolicyTest {
  private static final LinearStepCost COST = new LinearStepCost(5e6, 20_000, 0, 10_000, 50);

  private BlockPool pool;
  private Scheduler scheduler;
  private long now;

  private void scheduler(SchedulerConfig config, int blocks, SchedulerContext context) {
    pool = new BlockPool(blocks, 16);
    scheduler = new Scheduler(config, pool, context.with(() -> now), new GrowthEstimate(1));
  }

  private void scheduler(int maxSeqs, int maxTokens, int maxQueued) {
    scheduler(
        new SchedulerConfig(maxSeqs, maxTokens, 0, maxQueued, 1024), 64, SchedulerContext.NONE);
  }

  private static SchedulingRequest request(
      String tenant, ServiceTier tier, int prompt, int max, TenantTerms terms, long deadline) {
    int[] tokens = IntStream.range(0, prompt).toArray();
    return new SchedulingRequest("r", tenant, tier, 0, tokens, max, 1, terms, deadline);
  }

  private Submission submit(String tenant, ServiceTier tier, int prompt, int max) {
    return scheduler.submit(
        request(tenant, tier, prompt, max, TenantTerms.DEFAULT, SchedulingRequest.NO_DEADLINE));
  }

  private long accepted(String tenant, ServiceTier tier, int prompt, int max) {
    return ((Submission.Accepted) submit(tenant, tier, prompt, max)).firstSequence();
  }

  private List<String> step() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    scheduler.measured(plan, 10_000_000);
    for (ScheduledSequence s : plan.sequences()) {
      if (s.sampled()) {
        scheduler.resolve(s.sequence(), 7);
      }
    }
    scheduler.checkInvariants();
    return plan.sequences().stream()
        .map(s -> "%d: %d+%d".formatted(s.sequence(), s.firstPosition(), s.tokenIds().length))
        .toList();
  }

  // ---- tenants

  @Test
  void tenantsTakeTurnsHoweverManyRequestsOneSends() {
    scheduler(
        new SchedulerConfig(1, 64, 0, 64, 1024, SchedulingPolicy.VTC), 64, SchedulerContext.NONE);
    for (int i = 0; i < 5; i++) {
      accepted("greedy", ServiceTier.DEFAULT, 20, 1);
    }
    step(); // the first of greedy
    scheduler.finish(0);
    accepted("modest", ServiceTier.DEFAULT, 20, 1); // begins where those that wait are
    accepted("modest", ServiceTier.DEFAULT, 20, 1);
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      long id = Long.parseLong(step().getFirst().split(":")[0]);
      order.append(id >= 5 ? 'm' : 'g');
      scheduler.finish(id);
    }
    assertThat(order.toString()).isIn("mgmggg", "mmgggg", "gmgmgg");
  }

  @Test
  void weightsDivideTheMachine() {
    scheduler(
        new SchedulerConfig(1, 64, 0, 1000, 1024, SchedulingPolicy.VTC), 64, SchedulerContext.NONE);
    TenantTerms heavy = new TenantTerms(3, null, 0, 0);
    for (int i = 0; i < 100; i++) {
      for (String tenant : List.of("heavy", "light")) {
        scheduler.submit(
            request(
                tenant,
                ServiceTier.DEFAULT,
                20,
                1,
                tenant.equals("heavy") ? heavy : TenantTerms.DEFAULT,
                SchedulingRequest.NO_DEADLINE));
      }
    }
    Map<Boolean, Integer> served = new HashMap<>();
    for (int i = 0; i < 80; i++) {
      long id = Long.parseLong(step().getFirst().split(":")[0]);
      served.merge(id % 2 == 0, 1, Integer::sum);
      scheduler.finish(id);
    }
    assertThat(served.get(true)).isCloseTo(60, within(2));
  }

  // ---- tiers

  @Test
  void aLowerTierGetsItsMinimumShareAndNoMore() {
    scheduler(1, 64, 4000);
    for (int i = 0; i < 1500; i++) {
      accepted("t", ServiceTier.PRIORITY, 60, 1); // even
      accepted("t", ServiceTier.BATCH, 60, 1); // odd
    }
    int batch = 0;
    for (int i = 0; i < 1400; i++) {
      long id = Long.parseLong(step().getFirst().split(":")[0]);
      batch += id % 2 == 1 ? 1 : 0;
      scheduler.finish(id);
    }
    // its 2 %, less what it may be owed: 4 * 2048 weighted tokens of 62 a request at most
    assertThat(batch).isBetween(0, 28);
    double share = SchedulingPolicy.FAIR.tiers().get(3).minimumShare();
    assertThat(batch * 62).isGreaterThanOrEqualTo((int) (share * 1400 * 62 - 4 * 2048 - 62));
  }

  @Test
  void aHigherTierTakesThePlaceOfALowerOneWhichThenGoesOn() {
    scheduler(2, 64, 8);
    accepted("a", ServiceTier.FLEX, 20, 30);
    accepted("b", ServiceTier.DEFAULT, 20, 30);
    step();
    accepted("c", ServiceTier.PRIORITY, 10, 5);
    assertThat(step()).containsExactly("1: 20+1", "2: 0+10");
    assertThat(scheduler.preemptions()).isEqualTo(1);
    accepted("d", ServiceTier.FLEX, 10, 5);
    scheduler.finish(2);
    assertThat(step()).containsExactly("1: 21+1", "0: 0+21"); // ahead of the later one
  }

  // ---- bounds

  @Test
  void aTenantsQueueIsBoundedByRequestsAndTokens() {
    scheduler(1, 64, 100);
    TenantTerms terms = new TenantTerms(1, null, 2, 100);
    SchedulingRequest request =
        request("a", ServiceTier.DEFAULT, 20, 20, terms, SchedulingRequest.NO_DEADLINE);
    assertThat(scheduler.submit(request)).isInstanceOf(Submission.Accepted.class);
    assertThat(scheduler.submit(request)).isInstanceOf(Submission.Accepted.class);
    assertThat(scheduler.submit(request))
        .isEqualTo(
            new QueueFull(
                Bound.TENANT,
                "2 requests of this tenant are waiting, which is its limit; try again later.",
                0));
    step();
    SchedulingRequest large =
        request("a", ServiceTier.DEFAULT, 40, 40, terms, SchedulingRequest.NO_DEADLINE);
    assertThat(((QueueFull) scheduler.submit(large)).bound()).isEqualTo(Bound.TENANT_TOKENS);
    assertThat(submit("b", ServiceTier.DEFAULT, 40, 40)).isInstanceOf(Submission.Accepted.class);
  }

  @Test
  void overloadIsAnsweredByTheLowestTierThenByTheLongestQueue() {
    scheduler(1, 64, 4);
    accepted("running", ServiceTier.DEFAULT, 4, 9);
    step();
    accepted("a", ServiceTier.DEFAULT, 4, 4); // 1
    accepted("a", ServiceTier.DEFAULT, 4, 4); // 2
    accepted("a", ServiceTier.DEFAULT, 4, 4); // 3
    accepted("b", ServiceTier.FLEX, 4, 4); // 4
    accepted("c", ServiceTier.DEFAULT, 4, 4); // 5, for which 4 goes
    assertThat(rejected()).containsExactly(4L);
    accepted("d", ServiceTier.DEFAULT, 4, 4); // 6, for which the last of a goes
    assertThat(rejected()).containsExactly(3L);
    assertThat(((QueueFull) submit("a", ServiceTier.DEFAULT, 4, 4)).bound())
        .isEqualTo(Bound.ENGINE);
    assertThat(((QueueFull) submit("e", ServiceTier.FLEX, 4, 4)).bound()).isEqualTo(Bound.ENGINE);
    assertThat(rejected()).isEmpty();
    scheduler.checkInvariants();
  }

  private List<Long> rejected() {
    return scheduler.takeRejected().stream()
        .peek(r -> assertThat(((QueueFull) r.reason()).bound()).isEqualTo(Bound.DISPLACED))
        .map(Rejection::sequence)
        .toList();
  }

  // ---- deadlines

  @Test
  void aDeadlineThatCannotBeMetIsRefusedAtOnce() {
    scheduler(new SchedulerConfig(1, 64, 0, 100, 1024), 64, SchedulerContext.NONE.with(COST));
    SchedulingRequest fits = // 7 ms of prompt and step, 9 more steps of 5 ms
        request("a", ServiceTier.DEFAULT, 100, 10, TenantTerms.DEFAULT, 60_000_000);
    assertThat(scheduler.submit(fits)).isInstanceOf(Submission.Accepted.class);
    step();
    for (int i = 0; i < 5; i++) {
      accepted("a", ServiceTier.DEFAULT, 100, 10);
    }
    Submission late = scheduler.submit(fits);
    assertThat(late).isInstanceOf(Submission.DeadlineUnmeetable.class);
    assertThat(((Submission.DeadlineUnmeetable) late).estimateNanos())
        .isBetween(300_000_000L, 400_000_000L); // five of 52 to 57 ms ahead
    assertThat(scheduler.waitingSequences()).isEqualTo(5);
  }

  @Test
  void aDeadlineThatPassesInTheQueueIsGivenUpUncomputed() {
    scheduler(1, 64, 100);
    accepted("a", ServiceTier.DEFAULT, 10, 9);
    step();
    scheduler.submit(request("a", ServiceTier.DEFAULT, 10, 9, TenantTerms.DEFAULT, 500));
    now = 501;
    scheduler.finish(0);
    assertThat(step()).isEmpty();
    assertThat(scheduler.takeRejected())
        .singleElement()
        .satisfies(r -> assertThat(r.reason()).isInstanceOf(Submission.DeadlineUnmeetable.class));
    assertThat(scheduler.hasWork()).isFalse();
  }

  // ---- budgets

  @Test
  void aSequenceStopsWhenItsTenantsBudgetEnds() {
    Map<String, Integer> left = new HashMap<>(Map.of("poor", 3, "rich", 100));
    TenantBudget budget =
        (tenant, _, tokens) -> {
          boolean granted = left.get(tenant) >= tokens;
          left.merge(tenant, granted ? -tokens : 0, Integer::sum);
          return granted;
        };
    scheduler(new SchedulerConfig(4, 64, 0, 8, 1024), 64, SchedulerContext.NONE.with(budget));
    accepted("poor", ServiceTier.DEFAULT, 10, 50);
    accepted("rich", ServiceTier.DEFAULT, 10, 5);
    for (int i = 0; i < 3; i++) {
      assertThat(step()).hasSize(2);
    }
    assertThat(scheduler.takeStopped()).isEmpty();
    assertThat(step()).containsExactly("1: 12+1");
    assertThat(scheduler.takeStopped()).containsExactly(0L);
    assertThat(pool.freeBlocks()).isEqualTo(63);
    scheduler.finish(0);
    assertThat(left).containsEntry("poor", 0).containsEntry("rich", 96);
  }

  // ---- cached prefixes

  private void cached(SchedulerConfig config) {
    pool = new BlockPool(64, 16);
    scheduler =
        new Scheduler(
            config,
            pool,
            SchedulerContext.NONE.with(new PrefixCache(pool, 1)),
            new GrowthEstimate(1));
  }

  @Test
  void aPromptThatIsBeingComputedIsNotComputedTwice() {
    cached(new SchedulerConfig(4, 40, 0, 8, 1024));
    accepted("a", ServiceTier.DEFAULT, 70, 9);
    accepted("a", ServiceTier.DEFAULT, 70, 9);
    assertThat(step()).containsExactly("0: 0+40"); // the other waits for it
    assertThat(step()).containsExactly("0: 40+30"); // of which it needs the first part too
    assertThat(step()).containsExactly("0: 70+1", "1: 64+6");
  }

  @Test
  void otherTenantsFindNothingUnlessTheirPlanNamesAGroup() {
    cached(new SchedulerConfig(4, 200, 0, 8, 1024));
    accepted("a", ServiceTier.DEFAULT, 70, 9);
    step();
    accepted("a", ServiceTier.DEFAULT, 70, 9);
    accepted("b", ServiceTier.DEFAULT, 70, 9);
    assertThat(step()).contains("1: 64+6", "2: 0+70");
    TenantTerms shared = new TenantTerms(1, "family", 0, 0);
    for (String tenant : List.of("c", "d")) {
      scheduler.submit(
          request(tenant, ServiceTier.DEFAULT, 50, 9, shared, SchedulingRequest.NO_DEADLINE));
      step();
    }
    assertThat(scheduler.runningSequences()).isEqualTo(4);
    scheduler.finish(0);
    scheduler.submit(
        request("d", ServiceTier.DEFAULT, 50, 9, shared, SchedulingRequest.NO_DEADLINE));
    assertThat(step()).contains("4: 48+2");
  }

  // ---- metering

  @Test
  void theTimeOfAStepIsSplitOverItsSequences() {
    scheduler(new SchedulerConfig(4, 200, 0, 8, 1024), 64, SchedulerContext.NONE.with(COST));
    accepted("a", ServiceTier.DEFAULT, 30, 9);
    step();
    accepted("b", ServiceTier.DEFAULT, 100, 9);
    step(); // a token of a, 100 of b: 10 and 2,000 us by the model
    SequenceUsage a = scheduler.usage(0);
    SequenceUsage b = scheduler.usage(1);
    assertThat(a.computeNanos() + b.computeNanos()).isCloseTo(2 * 10e6, within(1.0));
    assertThat(b.computeNanos()).isCloseTo(10e6 * 2000 / 2011.5, within(1e4));
    assertThat(a.blockNanos()).isEqualTo(10e6 * 2 + 10e6 * 2);
    assertThat(b.blockNanos()).isEqualTo(10e6 * 7);
  }
}
