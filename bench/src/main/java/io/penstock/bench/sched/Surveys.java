package io.penstock.bench.sched;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.sched.ServiceWeights;
import java.util.List;
import java.util.function.Predicate;

/**
 * Scenarios without a target, under every policy: bursts, long prompts among short ones, many
 * tenants.
 */
final class Surveys {
  private static final Predicate<Job> ALL = _ -> true;

  private final DeviceModel device;
  private final Report report;
  private final double seconds;
  private final Plots plots;
  private final BarChart jain;

  Surveys(DeviceModel device, Report report, double seconds, Plots plots) {
    this.device = device;
    this.report = report;
    this.seconds = seconds;
    this.plots = plots;
    this.jain = plots.bars("jain", "Jain's index of service");
  }

  void run() {
    compare(
        "burst",
        "tenant 0 sends 300 at once beside 19 steady ones",
        bursts(),
        job -> job.tenant() > 0);
    compare(
        "mixed", "one tenant of prompts of 8,000 among 9 of 300", mixed(), job -> job.tenant() > 0);
    compare("many", "1,000 tenants, 1.3 times what the device can do", many(), ALL);
    jain.write();
  }

  private List<Job> bursts() {
    Arrivals arrivals = new Arrivals(1);
    for (int tenant = 1; tenant < 20; tenant++) {
      arrivals.poisson(tenant, ServiceTier.DEFAULT, 1.2, 0, seconds, Lengths.fixed(512, 128));
    }
    return arrivals
        .burst(0, ServiceTier.DEFAULT, 300, seconds / 3, Lengths.fixed(512, 128))
        .inOrder();
  }

  private List<Job> mixed() {
    Arrivals arrivals = new Arrivals(2);
    for (int tenant = 1; tenant < 10; tenant++) {
      arrivals.poisson(tenant, ServiceTier.DEFAULT, 2, 0, seconds, Lengths.around(300, 150, 2_000));
    }
    return arrivals
        .poisson(0, ServiceTier.DEFAULT, 2.5, 0, seconds, Lengths.fixed(8_000, 150))
        .inOrder();
  }

  private List<Job> many() {
    Arrivals arrivals = new Arrivals(3);
    for (int tenant = 0; tenant < 1_000; tenant++) {
      arrivals.poisson(tenant, ServiceTier.DEFAULT, 0.069, 0, seconds, Lengths.fixed(512, 128));
    }
    return arrivals.inOrder();
  }

  private void compare(String item, String what, List<Job> jobs, Predicate<Job> seen) {
    Chart firstTokens =
        plots.distributions(item + "-first-token", what + ": time to the first token, ms");
    Chart gaps =
        plots.overTime(
            item + "-service-gap",
            what + ": widest gap between two that wait, weighted tokens, over seconds",
            "tokens");
    for (Policy policy : Policy.values()) {
      GapWatch log = new GapWatch(seconds / 6, seconds, ServiceWeights.DEFAULT);
      List<JobResult> results =
          new Simulation(device, policy.policy, 100_000, false, jobs, seconds, log).run();
      double[] firsts = log.firsts(results, seen);
      String name = item + "." + policy.item();
      String text = "%s, %s: ".formatted(what, policy.text);
      report.add(
          Row.info(
              name + ".first.p50",
              text + "p50 to the first token",
              Numbers.percentile(firsts, 0.5),
              "ms"));
      report.add(
          Row.info(name + ".first.p99", text + "p99", Numbers.percentile(firsts, 0.99), "ms"));
      report.add(
          Row.info(
              name + ".gap.p99",
              text + "p99 between tokens",
              log.gap(ServiceTier.DEFAULT, 0.99),
              "ms"));
      report.add(
          Row.info(name + ".rate", text + "tokens a second", log.tokensPerSecond(), "tokens/s"));
      report.add(Row.info(name + ".jain", text + "Jain's index of service", log.jain(), ""));
      firstTokens.distribution(policy.text, firsts);
      double[][] gap = log.overTime();
      gaps.line(policy.text, gap[0], gap[1]);
      jain.bar(item, policy.text, log.jain());
    }
    firstTokens.write();
    gaps.write();
  }
}
