package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
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
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What the scheduler takes of the engine's thread: plan, launched, measured and resolve of a step
 * with 512 sequences that generate, while others wait; a few end in each step and others come. By
 * the clock, on one core, the second half of the steps.
 */
final class PlanningTime {
  private static final int RUNNING = 512;
  private static final int TENANTS = 500;
  private static final int OUTPUT = 200;
  private static final int WARM_UP_ROUNDS = 3; // until the compiler changes nothing any more
  private static final double STEP_MILLIS = 30;

  private final Report report;
  private final int steps;

  PlanningTime(Report report, int steps) {
    this.report = report;
    this.steps = steps;
  }

  void run() {
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      measure(1_000, true, 1);
    }
    double[] small = measure(1_000, true, 1);
    double[] large = measure(10_000, true, 1);
    double[] huge = measure(100_000, true, 1);
    double[] uncached = measure(10_000, false, 1);
    double[] tiers = measure(1_000, true, 3);
    String what = "scheduling a step, 512 running, %,d waiting of 500 tenants";
    report.add(Row.atMost("plan.10k", what.formatted(10_000), Numbers.median(large), "us", 200));
    report.add(
        Row.info(
            "plan.10k.p99",
            what.formatted(10_000) + ", p99",
            Numbers.percentile(large, 0.99),
            "us"));
    report.add(Row.info("plan.1k", what.formatted(1_000), Numbers.median(small), "us"));
    report.add(
        Row.info(
            "plan.tiers",
            "the same with three tiers, of which the higher ones take places of the lowest",
            Numbers.median(tiers),
            "us"));
    report.add(Row.info("plan.100k", what.formatted(100_000), Numbers.median(huge), "us"));
    report.add(
        Row.atMost(
            "plan.growth",
            "100 times as many waiting: times as long (log n: 1.7)",
            Numbers.median(huge) / Numbers.median(small),
            "times",
            Math.log(100_000) / Math.log(1_000)));
    double overhead = (Arrays.stream(large).sum() - Arrays.stream(uncached).sum()) / steps * 2;
    report.add(
        Row.atMost(
            "prefix.overhead",
            "prefix cache without hits, of a step of 30 ms",
            Math.max(0, overhead / (10 * STEP_MILLIS)),
            "%",
            1));
  }

  /**
   * @param tiers that requests are of
   * @return microseconds of each step, the first half left out
   */
  private double[] measure(int waiting, boolean cached, int tiers) {
    BlockPool pool = new BlockPool(64 * 1024, 16);
    Scheduler scheduler =
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
    SplittableRandom random = new SplittableRandom(5);
    Set<Long> open = new HashSet<>();
    for (int i = 0; i < RUNNING + waiting; i++) {
      submit(scheduler, random, open, tiers);
    }
    double[] micros = new double[steps];
    Deque<StepPlan> inFlight = new ArrayDeque<>();
    for (int step = 0; step < steps; step++) {
      long start = System.nanoTime();
      StepPlan plan = scheduler.plan();
      scheduler.launched(plan);
      long nanos = System.nanoTime() - start;
      inFlight.add(plan);
      if (inFlight.size() == 2) {
        nanos += apply(scheduler, random, open, inFlight.remove(), tiers);
      }
      micros[step] = nanos / 1e3;
    }
    return Arrays.copyOfRange(micros, steps / 2, steps);
  }

  /** Submissions are not counted: they come between steps. */
  private long apply(
      Scheduler scheduler, SplittableRandom random, Set<Long> open, StepPlan plan, int tiers) {
    long start = System.nanoTime();
    scheduler.measured(plan, 30_000_000);
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
    long nanos = System.nanoTime() - start;
    for (int i = 0; i < ended; i++) {
      submit(scheduler, random, open, tiers);
    }
    return nanos;
  }

  private void submit(Scheduler scheduler, SplittableRandom random, Set<Long> open, int tiers) {
    int[] prompt = random.ints(100 + random.nextInt(100)).toArray();
    ServiceTier tier = ServiceTier.values()[tiers == 1 ? 1 : random.nextInt(tiers)];
    String tenant = "tenant" + random.nextInt(TENANTS);
    Submission answer =
        scheduler.submit(new SchedulingRequest("r", tenant, tier, 0, prompt, OUTPUT, 1));
    open.add(((Submission.Accepted) answer).firstSequence());
  }
}
