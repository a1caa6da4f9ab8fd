package io.penstock.bench.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.sched.LinearStepCost;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.Scheduler;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.SchedulingRequest;
import io.penstock.engine.sched.StepPlan;
import io.penstock.engine.sched.Submission;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A scheduler with 512 sequences that generate while others of 500 tenants wait; a few end in each
 * step and as many come. Two steps are in flight.
 */
final class BusyScheduler {
  private static final int RUNNING = 512;
  private static final int TENANTS = 500;
  private static final int OUTPUT = 200;
  private static final int PROMPTS = 4096;
  private static final long STEP_NANOS = 30_000_000;

  private final Scheduler scheduler;
  private final SplittableRandom random = new SplittableRandom(5);
  private final int[][] prompts = new int[PROMPTS][];
  private final Set<Long> open = new HashSet<>();
  private final Deque<StepPlan> inFlight = new ArrayDeque<>();
  private final int tiers;
  private int submitted;

  /**
   * @param waiting requests besides those that run
   * @param cached whether prefixes are looked for, in vain
   * @param tiers that requests are of
   */
  BusyScheduler(int waiting, boolean cached, int tiers) {
    BlockPool pool = new BlockPool(64 * 1024, 16);
    this.tiers = tiers;
    this.scheduler =
        new Scheduler(
            new SchedulerConfig(
                RUNNING, RUNNING + 1024, 0, 2 * waiting + RUNNING, 8192, SchedulingPolicy.FAIR),
            pool,
            new SchedulerContext(
                () -> 0,
                new LinearStepCost(5.2e6, 19_500, 1.46, 7_500, 52),
                TenantBudget.UNLIMITED,
                cached ? new PrefixCache(pool, 1) : null,
                Offloading.none()));
    for (int i = 0; i < PROMPTS; i++) {
      prompts[i] = random.ints(100 + random.nextInt(100)).toArray();
    }
    for (int i = 0; i < RUNNING + waiting; i++) {
      submit();
    }
  }

  /** Plans and launches a step, applies the one before, and takes as many requests as ended. */
  StepPlan step() {
    StepPlan plan = scheduler.plan();
    scheduler.launched(plan);
    inFlight.add(plan);
    if (inFlight.size() == 2) {
      apply(inFlight.remove());
    }
    return plan;
  }

  private void apply(StepPlan plan) {
    scheduler.measured(plan, STEP_NANOS);
    int ended = 0;
    for (ScheduledSequence s : plan.sequences()) {
      if (!s.sampled() || !open.contains(s.sequence())) {
        continue;
      }
      if (s.contextLength() >= s.promptLength() + OUTPUT - 1 || random.nextInt(400) == 0) {
        scheduler.finish(s.sequence());
        open.remove(s.sequence());
        ended++;
      } else {
        scheduler.resolve(s.sequence(), ended);
      }
    }
    for (int i = 0; i < ended; i++) {
      submit();
    }
  }

  private void submit() {
    int[] prompt = prompts[submitted++ % PROMPTS].clone();
    prompt[0] = submitted; // no two begin alike
    ServiceTier tier = ServiceTier.values()[tiers == 1 ? 1 : random.nextInt(tiers)];
    String tenant = "tenant" + random.nextInt(TENANTS);
    Submission answer =
        scheduler.submit(new SchedulingRequest("r", tenant, tier, 0, prompt, OUTPUT, 1));
    open.add(((Submission.Accepted) answer).firstSequence());
  }
}
