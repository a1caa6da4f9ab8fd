package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
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
  private static final double WORST = 1.3;
  private static final Predicate<Job> OTHERS = job -> job.tenant() > 0;

  private final DeviceModel device;
  private final Report report;
  private final double seconds;
  private final Plots plots;

  GreedyTenant(DeviceModel device, Report report, double seconds, Plots plots) {
    this.device = device;
    this.report = report;
    this.seconds = seconds;
    this.plots = plots;
  }

  void run() {
    Plots.Lines lines = plots.lines("greedy", "time to the first token, ms", "share of requests");
    for (Policy policy : Policy.values()) {
      double[] alone = firsts(policy, 0);
      double[] beside = firsts(policy, 40);
      String what =
          "one greedy tenant, %s: p99 to the first token of the others".formatted(policy.text);
      String item = "greedy." + policy.item();
      double before = Numbers.percentile(alone, 0.99);
      double after = Numbers.percentile(beside, 0.99);
      report.add(Row.info(item + ".alone", what + ", without it", before, "ms"));
      report.add(Row.info(item + ".beside", what + ", with it", after, "ms"));
      report.add(ratio(policy, item + ".ratio", what + ", with / without it", after / before));
      lines.distribution(policy.text + ", without", alone);
      lines.distribution(policy.text + ", with it", beside);
      if (policy == Policy.OURS) {
        double tenfold = Numbers.percentile(firsts(policy, 9 * RATE / TENANTS), 0.99);
        report.add(
            ratio(policy, item + ".tenfold", what + ", at 10 times its share", tenfold / before));
      }
    }
    lines.write();
  }

  private static Row ratio(Policy policy, String item, String what, double ratio) {
    return policy == Policy.OURS
        ? Row.atMost(item, what, ratio, "times", WORST)
        : Row.info(item, what, ratio, "times");
  }

  /**
   * @param more requests a second that tenant 0 sends besides its share
   */
  private double[] firsts(Policy policy, double more) {
    Lengths lengths = Lengths.fixed(512, 128);
    Arrivals arrivals = new Arrivals(42);
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      arrivals.poisson(tenant, ServiceTier.DEFAULT, RATE / TENANTS, 0, seconds, lengths);
    }
    if (more > 0) {
      arrivals.poisson(0, ServiceTier.DEFAULT, more, 0, seconds, lengths);
    }
    SimulationLog log = new SimulationLog(5, seconds);
    List<JobResult> results =
        new Simulation(device, policy.policy, 100_000, false, arrivals.inOrder(), 4 * seconds, log)
            .run();
    return log.firsts(results, OTHERS);
  }
}
