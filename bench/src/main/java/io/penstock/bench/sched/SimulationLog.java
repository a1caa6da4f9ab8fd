package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.sched.StepPlan;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** What is counted while a simulation runs, inside a window of its time. */
class SimulationLog {
  private final long fromNanos;
  private final long untilNanos;
  private final double[][] gaps = new double[ServiceTier.values().length][1024];
  private final int[] gapCount = new int[ServiceTier.values().length];
  private long windowTokens;
  private long promptTokens;
  private double longestStepMillis;

  SimulationLog(double fromSeconds, double untilSeconds) {
    fromNanos = (long) (fromSeconds * 1e9);
    untilNanos = (long) (untilSeconds * 1e9);
  }

  private boolean inWindow(long nanos) {
    return nanos >= fromNanos && nanos < untilNanos;
  }

  void arrived(JobResult result) {}

  /** It waited and was rejected. */
  void gaveUp(JobResult result) {}

  void launched(Simulation simulation, StepPlan plan, long now) {
    promptTokens +=
        plan.sequences().stream()
            .filter(s -> s.tokenIds().length > 1)
            .mapToLong(s -> s.tokenIds().length)
            .sum();
  }

  void token(JobResult result, long now) {
    if (!inWindow(now)) {
      return;
    }
    windowTokens++;
    if (result.lastTokenNanos >= 0) {
      int tier = result.job.tier().ordinal();
      if (gapCount[tier] == gaps[tier].length) {
        gaps[tier] = Arrays.copyOf(gaps[tier], 2 * gapCount[tier]);
      }
      gaps[tier][gapCount[tier]++] = (now - result.lastTokenNanos) / 1e6;
    }
  }

  void stepEnded(StepPlan plan, long nanos, long now) {
    if (inWindow(now)) {
      longestStepMillis = Math.max(longestStepMillis, nanos / 1e6);
    }
  }

  /** Generated tokens in the window, by second. */
  double tokensPerSecond() {
    return windowTokens * 1e9 / (untilNanos - fromNanos);
  }

  /** Tokens of prompts that were computed, in chunks of more than one. */
  long promptTokens() {
    return promptTokens;
  }

  double longestStepMillis() {
    return longestStepMillis;
  }

  /** Milliseconds between two tokens of a tier's streams. */
  double[] gaps(ServiceTier tier) {
    return Arrays.copyOf(gaps[tier.ordinal()], gapCount[tier.ordinal()]);
  }

  /** A percentile of these; NaN when there are none. */
  double gap(ServiceTier tier, double share) {
    return gapCount[tier.ordinal()] == 0 ? Double.NaN : Numbers.percentile(gaps(tier), share);
  }

  /** Milliseconds to the first token, of those that came in the window; what never came counts. */
  double[] firsts(List<JobResult> results, Predicate<Job> which) {
    return results.stream()
        .filter(r -> inWindow(r.job.arrivalNanos()) && which.test(r.job) && r.refused == null)
        .mapToDouble(
            r ->
                r.hasFirstToken()
                    ? r.firstTokenMillis()
                    : (untilNanos - r.job.arrivalNanos()) / 1e6)
        .toArray();
  }
}
