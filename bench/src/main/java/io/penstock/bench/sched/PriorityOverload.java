package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import java.util.List;

/**
 * Twice what the device can do: a tenth of it in the priority tier, the rest in the default and
 * flex tiers. The priority tier should hardly notice, and the device should do no less in all.
 */
final class PriorityOverload {
  private static final double CAPACITY = 53; // requests of 512/128 a second: bench/sched/NOTES.md
  private static final int TENANTS = 5; // of each tier

  private final DeviceModel device;
  private final Report report;
  private final double seconds;

  PriorityOverload(DeviceModel device, Report report, double seconds) {
    this.device = device;
    this.report = report;
    this.seconds = seconds;
  }

  private record Figures(double p50, double p99, double rate, SimulationLog log) {}

  void run() {
    Figures unloaded = simulate(Policy.OURS, 0);
    report.add(
        Row.info(
            "overload.unloaded.p99",
            "priority tier alone, a tenth of what the device can do: p99 to the first token",
            unloaded.p99,
            "ms"));
    double fcfsRate = 0;
    for (Policy policy : Policy.values()) {
      Figures loaded = simulate(policy, 1);
      String what = "2 times overload, %s: ".formatted(policy.text);
      String item = "overload." + policy.item();
      report.add(
          Row.info(
              item + ".p50", what + "priority tier, p50 to the first token", loaded.p50, "ms"));
      report.add(
          Row.info(
              item + ".p99", what + "priority tier, p99 to the first token", loaded.p99, "ms"));
      report.add(
          Row.info(item + ".rate", what + "tokens a second in all", loaded.rate, "tokens/s"));
      report.add(
          Row.info(
              item + ".gap",
              what + "priority tier, p99 between tokens",
              loaded.log.gap(ServiceTier.PRIORITY, 0.99),
              "ms"));
      if (policy == Policy.FCFS) {
        fcfsRate = loaded.rate;
      }
      if (policy == Policy.OURS) {
        report.add(
            Row.atMost(
                item + ".ratio",
                what + "priority tier's p99 / unloaded",
                loaded.p99 / unloaded.p99,
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
  }

  /**
   * @param others 0 without the other tiers, 1 with them
   */
  private Figures simulate(Policy policy, int others) {
    Lengths lengths = Lengths.fixed(512, 128);
    Arrivals arrivals = new Arrivals(7);
    for (int t = 0; t < TENANTS; t++) {
      arrivals.poisson(t, ServiceTier.PRIORITY, 0.1 * CAPACITY / TENANTS, 0, seconds, lengths);
      if (others > 0) {
        arrivals
            .poisson(10 + t, ServiceTier.DEFAULT, 1.4 * CAPACITY / TENANTS, 0, seconds, lengths)
            .poisson(20 + t, ServiceTier.FLEX, 0.5 * CAPACITY / TENANTS, 0, seconds, lengths);
      }
    }
    SimulationLog log = new SimulationLog(seconds / 4, seconds);
    List<JobResult> results =
        new Simulation(device, policy.policy, 100_000, false, arrivals.inOrder(), seconds, log)
            .run();
    double[] firsts = log.firsts(results, job -> job.tier() == ServiceTier.PRIORITY);
    return new Figures(
        Numbers.percentile(firsts, 0.5),
        Numbers.percentile(firsts, 0.99),
        log.tokensPerSecond(),
        log);
  }
}
