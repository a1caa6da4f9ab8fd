package io.penstock.bench.sched;

import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.runtime.PlanTiming;
import io.penstock.engine.sched.LearntStepCost;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.Rejection;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.Scheduler;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.SchedulingRequest;
import io.penstock.engine.sched.StepPlan;
import io.penstock.engine.sched.StepShape;
import io.penstock.engine.sched.Submission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Discrete events around the engine's own scheduler: jobs arrive, steps take what the device model
 * says (with its noise), tokens come when their step has ended. As in the engine, with two steps in
 * flight the next one is planned when the last but one has ended. The scheduler learns the cost of
 * steps from these times and knows nothing of the model.
 */
final class Simulation {

  private static final long TURNAROUND_NANOS = 500_000; // of a client in a closed loop
  private static final long HOST_NANOS = 500_000; // to plan and launch a step amid another

  private final DeviceModel device;
  private final List<Job> jobs;
  private final LearntStepCost cost = new LearntStepCost();
  private final SplittableRandom random = new SplittableRandom(11);
  private final Scheduler scheduler;
  private final Map<Long, JobResult> open = new HashMap<>();
  private final List<JobResult> results = new ArrayList<>();
  private final SimulationLog log;
  private final Deque<Step> inFlight = new ArrayDeque<>();
  private final long untilNanos;

  private long now;
  private long deviceFree;
  private int nextJob;
  private boolean closed;

  /**
   * @param amid time of steps that were computed amid it
   */
  private record Step(StepPlan plan, long start, long end, long amid) {

    /** When another was computed amid it. */
    Step stretched(long nanos) {
      return new Step(plan, start, end + nanos, amid + nanos);
    }
  }

  /**
   * @param cached whether prefixes are cached
   * @param seconds when to end, whatever still waits then
   */
  Simulation(
      DeviceModel device,
      SchedulingPolicy policy,
      int maxQueued,
      boolean cached,
      List<Job> jobs,
      double seconds,
      SimulationLog log) {
    this.device = device;
    this.jobs = new ArrayList<>(jobs);
    this.untilNanos = (long) (seconds * 1e9);
    this.log = log;
    BlockPool pool = new BlockPool(device.blocks(), device.blockSize());
    this.scheduler =
        new Scheduler(
            new SchedulerConfig(
                device.maxNumSeqs(),
                device.maxNumBatchedTokens(),
                device.maxUrgentBatchedTokens(),
                device.maxInterposedTokens(),
                0,
                maxQueued,
                device.maxModelLen(),
                policy),
            pool,
            new SchedulerContext(
                () -> now,
                cost,
                TenantBudget.UNLIMITED,
                cached ? new PrefixCache(pool, 1) : null,
                Offloading.none()));
  }

  /** Whoever got its answer sends the next request like it at once. */
  Simulation closedLoop() {
    closed = true;
    return this;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  /** The job of a sequence that has not ended. */
  JobResult result(long sequence) {
    return open.get(sequence);
  }

  /**
   * Runs until all jobs have ended, or the time is over.
   *
   * @throws IllegalStateException when nobody got a token: then no figure means anything
   */
  List<JobResult> run() {
    simulate();
    if (results.stream().noneMatch(JobResult::hasFirstToken)) {
      throw new IllegalStateException("the simulation computed nothing");
    }
    return results;
  }

  private void simulate() {
    while (now < untilNanos) {
      arrive();
      if (waitsToPlan()) {
        continue;
      }
      StepPlan plan = scheduler.plan();
      takeRejected();
      if (!plan.isEmpty()) {
        launch(plan);
      }
      boolean mayLaunchAnother = !plan.isEmpty() && inFlight.size() < device.depth();
      if (!inFlight.isEmpty() && !mayLaunchAnother) {
        Step step = inFlight.remove();
        now = Math.max(now, step.end);
        apply(step);
      } else if (inFlight.isEmpty()) {
        if (nextJob == jobs.size()) {
          return;
        }
        now = Math.max(now, jobs.get(nextJob).arrivalNanos());
      }
    }
  }

  /** As the engine does: the next step is planned shortly before the one in flight ends. */
  private boolean waitsToPlan() {
    if (inFlight.size() != 1 || !cost.known()) {
      return false;
    }
    Step step = inFlight.peek();
    double expected = cost.nanos(StepShape.of(step.plan));
    if (interpose(step, expected)) {
      return true;
    }
    long planAt = step.start + step.amid + PlanTiming.delayNanos(expected);
    if (planAt <= now) {
      return false;
    }
    long arrival =
        nextJob < jobs.size() ? jobs.get(nextJob).arrivalNanos() : Long.MAX_VALUE; // wakes the host
    if (arrival < Math.min(step.end, planAt)) {
      now = arrival;
      return true;
    }
    boolean endsBefore = step.end <= planAt;
    now = endsBefore ? Math.max(now, step.end) : planAt;
    if (endsBefore) {
      apply(inFlight.remove());
    }
    return true;
  }

  /**
   * Urgent prompts amid the running step: it runs on to the next place where it can pause, and goes
   * on when they are done, which the host waits for.
   */
  private boolean interpose(Step running, double expected) {
    double left = running.start + running.amid + expected - now;
    StepPlan plan = scheduler.planAmid(running.plan, left, expected + running.amid);
    takeRejected();
    if (plan.isEmpty()) {
      return false;
    }
    long begun = now + HOST_NANOS;
    long toPause = (running.end - running.start - running.amid) / device.pausePoints();
    long nanos = device.switchNanos() + stepNanos(plan);
    started(plan);
    log.launched(this, plan, now);
    scheduler.launched(plan);
    Step step = new Step(plan, begun, begun + toPause + nanos, 0);
    inFlight.add(inFlight.remove().stretched(nanos));
    deviceFree += nanos;
    now = step.end;
    scheduler.measured(plan, nanos, true);
    take(step);
    return true;
  }

  private void arrive() {
    while (nextJob < jobs.size() && jobs.get(nextJob).arrivalNanos() <= now) {
      submit(nextJob, jobs.get(nextJob));
      nextJob++;
    }
  }

  private void submit(int index, Job job) {
    JobResult result = new JobResult(job);
    results.add(result);
    Submission answer =
        scheduler.submit(
            new SchedulingRequest(
                "job" + index,
                "tenant" + job.tenant(),
                job.tier(),
                job.tier().ordinal(),
                prompt(index, job),
                job.maxTokens(),
                1,
                TenantTerms.DEFAULT,
                job.deadlineNanos() == 0
                    ? SchedulingRequest.NO_DEADLINE
                    : job.arrivalNanos() + job.deadlineNanos()));
    takeRejected();
    switch (answer) {
      case Submission.Accepted accepted -> open.put(accepted.firstSequence(), result);
      case Submission.Refused refused -> result.refused = refused.getClass().getSimpleName();
    }
    log.arrived(result);
  }

  private static int[] prompt(int index, Job job) {
    int[] tokens = new int[job.prompt()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i < job.shared() ? i : index * 31 + i * 7;
    }
    return tokens;
  }

  private void takeRejected() {
    for (Rejection rejection : scheduler.takeRejected()) {
      JobResult result = open.remove(rejection.sequence());
      result.refused = rejection.reason().getClass().getSimpleName();
      log.gaveUp(result);
    }
  }

  private long stepNanos(StepPlan plan) {
    double noise = 1 + device.cost().noise() * Math.clamp(random.nextGaussian(), -3, 3);
    return (long) (device.cost().nanos(StepShape.of(plan)) * noise);
  }

  private void started(StepPlan plan) {
    for (ScheduledSequence s : plan.sequences()) {
      JobResult result = open.get(s.sequence());
      if (result.cached < 0) {
        result.cached = s.firstPosition();
      }
    }
  }

  private void launch(StepPlan plan) {
    started(plan);
    long nanos = stepNanos(plan);
    long start = Math.max(now, deviceFree);
    deviceFree = start + nanos;
    log.launched(this, plan, now);
    scheduler.launched(plan);
    inFlight.add(new Step(plan, start, deviceFree, 0));
  }

  private void apply(Step step) {
    scheduler.measured(step.plan, step.end - step.start - step.amid, step.amid > 0);
    take(step);
  }

  private void take(Step step) {
    for (ScheduledSequence s : step.plan.sequences()) {
      JobResult result = open.get(s.sequence());
      if (!s.sampled() || result == null) {
        continue;
      }
      log.token(result, now);
      if (!result.hasFirstToken()) {
        result.firstTokenNanos = now;
      }
      result.lastTokenNanos = now;
      if (++result.tokens == result.job.output()) {
        result.computeNanos = scheduler.usage(s.sequence()).computeNanos();
        scheduler.finish(s.sequence());
        open.remove(s.sequence());
        if (closed) { // all before have come, so it is the last
          jobs.add(result.job.at(now + TURNAROUND_NANOS));
        }
      } else {
        scheduler.resolve(s.sequence(), result.tokens);
      }
    }
    log.stepEnded(step.plan, step.end - step.start, now);
  }
}
