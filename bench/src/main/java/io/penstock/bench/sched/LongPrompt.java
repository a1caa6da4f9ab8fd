package io.penstock.bench.sched;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.sched.SchedulingPolicy;
import java.util.List;

/**
 * A prompt of 100,000 tokens comes while 50 streams run: how long do these wait between two tokens?
 */
final class LongPrompt {
  private static final int STREAMS = 50;
  private static final int LENGTH = 100_000;

  private final DeviceModel device;
  private final Report report;
  private final Plots plots;

  LongPrompt(DeviceModel device, Report report, Plots plots) {
    this.device = device;
    this.report = report;
    this.plots = plots;
  }

  void run() {
    Chart chart =
        plots.distributions(
            "long-gaps",
            "a prompt of 100,000 tokens comes among 50 streams: ms between two tokens");
    for (Policy policy : new Policy[] {Policy.FCFS, Policy.OURS}) {
      Lengths lengths = Lengths.fixed(400, 3_000);
      Arrivals arrivals = new Arrivals(3);
      arrivals.burst(0, ServiceTier.DEFAULT, STREAMS, 0, lengths);
      arrivals.burst(1, ServiceTier.DEFAULT, 1, 3, Lengths.fixed(LENGTH, 64));
      SimulationLog log = new SimulationLog(3, 18);
      List<JobResult> results =
          new Simulation(device, policy.policy, 1000, false, arrivals.inOrder(), 120, log).run();
      JobResult longOne =
          results.stream().filter(r -> r.job.prompt() == LENGTH).findFirst().orElseThrow();
      String what = "100,000 tokens come among 50 streams, %s: ".formatted(policy.text);
      String item = "long." + policy.item();
      double p99 = log.gap(ServiceTier.DEFAULT, 0.99);
      double target =
          SchedulingPolicy.FAIR.tiers().get(ServiceTier.DEFAULT.ordinal()).stepNanos() / 1e6;
      String gaps = what + "p99 between tokens of the streams";
      report.add(
          policy == Policy.OURS
              ? Row.atMost(item + ".gap.p99", gaps, p99, "ms", target)
              : Row.info(item + ".gap.p99", gaps, p99, "ms"));
      report.add(
          Row.info(item + ".gap.max", what + "longest", log.gap(ServiceTier.DEFAULT, 1), "ms"));
      report.add(
          Row.info(
              item + ".first",
              what + "its own first token",
              longOne.firstTokenMillis() / 1e3,
              "s"));
      chart.distribution(policy.text, log.gaps(ServiceTier.DEFAULT));
    }
    chart.write();
  }
}
