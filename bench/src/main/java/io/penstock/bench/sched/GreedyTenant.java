package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.sched.ServiceWeights;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Twenty equal tenants send 24 requests of 512/128 a second in all, Poisson; then tenant 0 sends 40
 * a second more (vLLM 0.24, measured: the other 19 went from 119 to 7,316 ms p99 to the first
 * token), or 10 times its share. What do the other 19 see?
 */
final class GreedyTenant {
  private static final int TENANTS = 20;
  private static final double RATE = 24;
  private static final double MORE = 40;
  private static final double WORST = 1.3;
  private static final double WARM_UP = 4; // seconds before the window, as in the live run
  private static final double WINDOW = 40;
  private static final long SEED = 42;
  private static final Predicate<Job> OTHERS = job -> job.tenant() > 0;

  private final DeviceModel device;
  private final Report report;
  private final int seeds;
  private final Plots plots;
  private double[][] overTime; // of the last window

  /**
   * @param seeds windows with arrivals of their own; 99 % of a thousand requests leave ten
   */
  GreedyTenant(DeviceModel device, Report report, int seeds, Plots plots) {
    this.device = device;
    this.report = report;
    this.seeds = seeds;
    this.plots = plots;
  }

  void run() {
    Chart chart =
        plots.distributions(
            "greedy-first-token", "one greedy tenant: time to the first token of the others, ms");
    Chart gaps =
        plots.overTime(
            "greedy-service-gap",
            "one greedy tenant: widest gap between two that wait, weighted tokens, over seconds",
            "tokens");
    for (Policy policy : Policy.values()) {
      double[][] windowsAlone = windows(policy, 0);
      double[][] windowsBeside = windows(policy, MORE);
      gaps.line(policy.text, overTime[0], overTime[1]);
      double[] alone = joined(windowsAlone);
      double[] beside = joined(windowsBeside);
      String what =
          "one greedy tenant, %s: p99 to the first token of the others".formatted(policy.text);
      String item = "greedy." + policy.item();
      double before = Numbers.percentile(alone, 0.99);
      double after = Numbers.percentile(beside, 0.99);
      report.add(Row.info(item + ".alone", what + ", without it", before, "ms"));
      report.add(Row.info(item + ".beside", what + ", with it", after, "ms"));
      report.add(ratio(policy, item + ".ratio", what + ", with / without it", after / before));
      chart.distribution(policy.text + ", without", alone);
      chart.distribution(policy.text + ", with it", beside);
      if (policy == Policy.OURS) {
        spread(windowsAlone, windowsBeside);
        double tenfold = Numbers.percentile(joined(windows(policy, 9 * RATE / TENANTS)), 0.99);
        report.add(
            ratio(policy, item + ".tenfold", what + ", at 10 times its share", tenfold / before));
      }
    }
    chart.write();
    gaps.write();
  }

  private static Row ratio(Policy policy, String item, String what, double ratio) {
    return policy == Policy.OURS
        ? Row.atMost(item, what, ratio, "times", WORST)
        : Row.info(item, what, ratio, "times");
  }

  /** How far chance moves the ratio of a single window, as the live run has it. */
  private void spread(double[][] alone, double[][] beside) {
    double[] ratios = new double[seeds];
    for (int i = 0; i < seeds; i++) {
      ratios[i] = Numbers.percentile(beside[i], 0.99) / Numbers.percentile(alone[i], 0.99);
    }
    Arrays.sort(ratios);
    report.note(
        "one greedy tenant, ours: in single windows of %.0f s with / without it %.2f to %.2f"
            .formatted(WINDOW, ratios[0], ratios[seeds - 1]));
  }

  private double[][] windows(Policy policy, double more) {
    double[][] windows = new double[seeds][];
    for (int i = 0; i < seeds; i++) {
      windows[i] = firsts(policy, SEED + 1_000_003L * i, more);
    }
    return windows;
  }

  private static double[] joined(double[][] windows) {
    return Arrays.stream(windows).flatMapToDouble(Arrays::stream).toArray();
  }

  /**
   * @param more requests a second that tenant 0 sends besides its share
   */
  private double[] firsts(Policy policy, long seed, double more) {
    double seconds = WARM_UP + WINDOW;
    Lengths lengths = Lengths.fixed(512, 128);
    Arrivals arrivals = new Arrivals(seed);
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      arrivals.poisson(tenant, ServiceTier.DEFAULT, RATE / TENANTS, 0, seconds, lengths);
    }
    if (more > 0) {
      arrivals.poisson(0, ServiceTier.DEFAULT, more, 0, seconds, lengths);
    }
    GapWatch log = new GapWatch(WARM_UP, seconds, ServiceWeights.DEFAULT);
    List<JobResult> results =
        new Simulation(device, policy.policy, 100_000, false, arrivals.inOrder(), 4 * seconds, log)
            .run();
    overTime = log.overTime();
    return log.firsts(results, OTHERS);
  }
}
