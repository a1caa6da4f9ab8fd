package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Time of the scheduler's part of a step, for so many sequences that generate while others wait:
 * run it by hand, with the test classpath.
 */
final class SchedulerBench {
  private static final int BLOCK = 16;
  private static final int STEPS = 4000;

  public static void main(String[] args) {
    for (int running : new int[] {64, 256, 512, 1024}) {
      measure(running, 0);
      measure(running, 1024);
    }
  }

  private static void measure(int running, int waiting) {
    BlockPool pool = new BlockPool(64 * 1024, BLOCK);
    Scheduler scheduler =
        new Scheduler(
            new SchedulerConfig(running, 2 * running + 2048, 0, 4096, 8192),
            pool,
            SchedulerContext.NONE);
    for (int i = 0; i < running + waiting; i++) {
      submit(scheduler, i);
    }
    long[] nanos = new long[STEPS];
    Deque<StepPlan> inFlight = new ArrayDeque<>();
    Set<Long> ended = new HashSet<>();
    for (int step = 0; step < STEPS; step++) {
      long start = System.nanoTime();
      StepPlan plan = scheduler.plan();
      scheduler.launched(plan);
      inFlight.add(plan);
      if (inFlight.size() == 2) {
        apply(scheduler, ended, inFlight.remove(), step);
      }
      nanos[step] = System.nanoTime() - start;
    }
    long[] warm = Arrays.copyOfRange(nanos, STEPS / 2, STEPS);
    Arrays.sort(warm);
    System.out.printf(
        "%5d running, %5d waiting: plan, launched, resolve %4d us, 99th percentile %4d us%n",
        scheduler.runningSequences(),
        scheduler.waitingSequences(),
        warm[warm.length / 2] / 1000,
        warm[warm.length * 99 / 100] / 1000);
  }

  /** A few end in each step; each is followed by another. */
  private static void apply(Scheduler scheduler, Set<Long> ended, StepPlan plan, int step) {
    int i = 0;
    for (ScheduledSequence s : plan.sequences()) {
      if (s.sampled() && !ended.contains(s.sequence())) {
        boolean last = s.contextLength() == s.promptLength() + 399;
        if (last || (step + i++) % 1500 == 0) {
          scheduler.finish(s.sequence());
          ended.add(s.sequence());
          submit(scheduler, step);
        } else {
          scheduler.resolve(s.sequence(), i);
        }
      }
    }
  }

  private static void submit(Scheduler scheduler, int i) {
    scheduler.submit(
        new SchedulingRequest(
            "r", "t", ServiceTier.DEFAULT, 0, new int[100 + i * 37 % 300], 400, 1));
  }
}
