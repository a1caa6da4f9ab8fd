package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import java.util.List;

/**
 * One tenant keeps a number of streams busy, as in {@code bench gpu}'s serving rows: fairness has
 * nobody to be fair to and must cost nothing.
 */
final class ClosedLoop {
  private static final int[] STREAMS = {64, 256};
  private static final double WARM_UP = 5;
  private static final double SECONDS = 35;
  private static final double LEAST = 0.99; // of what order by arrival does

  private final DeviceModel device;
  private final Report report;

  ClosedLoop(DeviceModel device, Report report) {
    this.device = device;
    this.report = report;
  }

  void run() {
    for (int streams : STREAMS) {
      SimulationLog byArrival = new SimulationLog(WARM_UP, SECONDS);
      simulate(Policy.FCFS, streams, byArrival);
      SimulationLog log = new SimulationLog(WARM_UP, SECONDS);
      List<JobResult> results = simulate(Policy.OURS, streams, log);
      String item = "closed." + streams;
      String what = "%d streams of one tenant, 512/128, ours: ".formatted(streams);
      report.add(
          Row.info(item + ".rate", what + "tokens a second", log.tokensPerSecond(), "tokens/s"));
      report.add(
          Row.atLeast(
              item + ".throughput",
              what + "throughput / by arrival",
              log.tokensPerSecond() / byArrival.tokensPerSecond(),
              "times",
              LEAST));
      double[] firsts = log.firsts(results, _ -> true);
      report.add(
          Row.info(
              item + ".first.p99",
              what + "p99 to the first token",
              Numbers.percentile(firsts, 0.99),
              "ms"));
      report.add(
          Row.info(
              item + ".gap.p50",
              what + "p50 between tokens",
              log.gap(ServiceTier.DEFAULT, 0.5),
              "ms"));
      report.add(
          Row.info(item + ".gap.p99", what + "p99", log.gap(ServiceTier.DEFAULT, 0.99), "ms"));
    }
  }

  private List<JobResult> simulate(Policy policy, int streams, SimulationLog log) {
    List<Job> first =
        new Arrivals(1)
            .burst(0, ServiceTier.DEFAULT, streams, 0, Lengths.fixed(512, 128))
            .inOrder();
    return new Simulation(device, policy.policy, streams, false, first, SECONDS, log)
        .closedLoop()
        .run();
  }
}
