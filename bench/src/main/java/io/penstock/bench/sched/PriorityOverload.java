package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import java.util.Arrays;
import java.util.List;

/**
 * Twice what the device can do: a tenth of it in the priority tier, the rest in the default and
 * flex tiers. The priority tier should hardly notice, and the device should do no less in all.
 */
final class PriorityOverload {
  private static final double CAPACITY = 53; // requests of 512/128 a second: bench/sched/NOTES.md
  private static final int TENANTS = 5; // of each tier
  private static final double WARM_UP = 15;
  private static final double SECONDS = 60;
  private static final long SEED = 7;

  private final DeviceModel device;
  private final Report report;
  private final int seeds;
  private final Plots plots;

  /**
   * @param seeds windows with arrivals of their own
   */
  PriorityOverload(DeviceModel device, Report report, int seeds, Plots plots) {
    this.device = device;
    this.report = report;
    this.seeds = seeds;
    this.plots = plots;
  }

  /**
   * @param firsts milliseconds to the first tokens of the priority tier
   * @param gap p99 between its tokens, milliseconds
   * @param rate tokens a second, all tiers'
   */
  private record Figures(double[] firsts, double gap, double rate) {
    double p99() {
      return Numbers.percentile(firsts, 0.99);
    }
  }

  void run() {
    Figures unloaded = simulate(Policy.OURS, 0);
    report.add(
        Row.info(
            "overload.unloaded.p99",
            "priority tier alone, a tenth of what the device can do: p99 to the first token",
            unloaded.p99(),
            "ms"));
    Chart chart =
        plots.distributions(
            "overload-first-token", "2 times overload: priority tier, time to the first token, ms");
    chart.distribution("alone", unloaded.firsts);
    double fcfsRate = 0;
    for (Policy policy : Policy.values()) {
      Figures loaded = simulate(policy, 1);
      String what = "2 times overload, %s: ".formatted(policy.text);
      String item = "overload." + policy.item();
      report.add(
          Row.info(
              item + ".p50",
              what + "priority tier, p50 to the first token",
              Numbers.percentile(loaded.firsts, 0.5),
              "ms"));
      report.add(
          Row.info(
              item + ".p99", what + "priority tier, p99 to the first token", loaded.p99(), "ms"));
      report.add(
          Row.info(item + ".rate", what + "tokens a second in all", loaded.rate, "tokens/s"));
      report.add(
          Row.info(item + ".gap", what + "priority tier, p99 between tokens", loaded.gap, "ms"));
      chart.distribution(policy.text, loaded.firsts);
      if (policy == Policy.FCFS) {
        fcfsRate = loaded.rate;
      }
      if (policy == Policy.OURS) {
        report.add(
            Row.atMost(
                item + ".ratio",
                what + "priority tier's p99 / unloaded",
                loaded.p99() / unloaded.p99(),
                "times",
                1.5));
        report.add(
            Row.atLeast(
                item + ".throughput",
                what + "throughput / by arrival",
                loaded.rate / fcfsRate,
                "times",
                0.95));
      }
    }
    chart.write();
  }

  /**
   * @param others 0 without the other tiers, 1 with them
   */
  private Figures simulate(Policy policy, int others) {
    double[][] firsts = new double[seeds][];
    double gap = 0;
    double rate = 0;
    for (int i = 0; i < seeds; i++) {
      SimulationLog log = new SimulationLog(WARM_UP, SECONDS);
      List<Job> jobs = arrivals(SEED + 1_000_003L * i, others);
      List<JobResult> results =
          new Simulation(device, policy.policy, 100_000, false, jobs, SECONDS, log).run();
      firsts[i] = log.firsts(results, job -> job.tier() == ServiceTier.PRIORITY);
      gap += log.gap(ServiceTier.PRIORITY, 0.99) / seeds;
      rate += log.tokensPerSecond() / seeds;
    }
    return new Figures(Arrays.stream(firsts).flatMapToDouble(Arrays::stream).toArray(), gap, rate);
  }

  private static List<Job> arrivals(long seed, int others) {
    Lengths lengths = Lengths.fixed(512, 128);
    Arrivals arrivals = new Arrivals(seed);
    for (int t = 0; t < TENANTS; t++) {
      arrivals.poisson(t, ServiceTier.PRIORITY, 0.1 * CAPACITY / TENANTS, 0, SECONDS, lengths);
      if (others > 0) {
        arrivals
            .poisson(10 + t, ServiceTier.DEFAULT, 1.4 * CAPACITY / TENANTS, 0, SECONDS, lengths)
            .poisson(20 + t, ServiceTier.FLEX, 0.5 * CAPACITY / TENANTS, 0, SECONDS, lengths);
      }
    }
    return arrivals.inOrder();
  }
}
