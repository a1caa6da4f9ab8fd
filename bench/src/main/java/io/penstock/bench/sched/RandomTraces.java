package io.penstock.bench.sched;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.Arrivals.Lengths;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.ServiceWeights;
import java.util.SplittableRandom;

/**
 * Random traces on a small device: does the difference in service of any two tenants that wait ever
 * exceed the bound? It is followed in every step.
 */
final class RandomTraces {
  private static final int BLOCKS = 48;
  private static final int BLOCK = 16;
  private static final int MAX_LEN = 256;
  private static final DeviceCost COST = new DeviceCost(2e6, 20_000, 1, 20_000, 50, 96, 0, 0.02);
  private static final DeviceModel DEVICE =
      new DeviceModel("small", COST, 2, 12, 96, 128, 48, 16, 300_000, BLOCKS, BLOCK, MAX_LEN);

  private final Report report;
  private final int traces;
  private final Chart chart;

  RandomTraces(Report report, int traces, Plots plots) {
    this.report = report;
    this.traces = traces;
    this.chart =
        plots.distributions("gap-of-bound", "random traces: widest service gap / its bound");
  }

  void run() {
    // the paper's own: no window, no credit
    compare("paper", SchedulingPolicy.VTC, true);
    compare("ours", SchedulingPolicy.FAIR.with(ServiceWeights.DEFAULT).with(64, 128), true);
    compare("fcfs", SchedulingPolicy.FCFS, false);
    chart.write();
  }

  private void compare(String item, SchedulingPolicy policy, boolean bounded) {
    int beyond = 0;
    double worst = 0;
    double jain = 0;
    double[] ofBound = new double[traces];
    for (int seed = 0; seed < traces; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int tenants = 2 + random.nextInt(7);
      Arrivals arrivals = new Arrivals(seed);
      for (int tenant = 0; tenant < tenants; tenant++) {
        Lengths lengths = Lengths.around(16 + random.nextInt(80), 8 + random.nextInt(40), 120);
        if (random.nextInt(3) == 0) {
          arrivals.burst(
              tenant, ServiceTier.DEFAULT, 20 + random.nextInt(60), random.nextDouble(), lengths);
        }
        arrivals.poisson(tenant, ServiceTier.DEFAULT, 1 + random.nextInt(60), 0, 2, lengths);
      }
      GapWatch watch = new GapWatch(0, 2, ServiceWeights.DEFAULT);
      Simulation simulation =
          new Simulation(DEVICE, policy, 100_000, false, arrivals.inOrder(), 2, watch);
      simulation.run();
      double bound = bound(policy);
      beyond += watch.widest() > bound ? 1 : 0;
      ofBound[seed] = watch.widest() / bound;
      worst = Math.max(worst, ofBound[seed]);
      jain += watch.jain() / traces;
    }
    chart.distribution(item, ofBound);
    String what = "%,d random traces, %s: ".formatted(traces, item);
    report.add(
        new Row(
            "gap." + item,
            what + "those in which two waiting tenants differ by more than the bound",
            (double) beyond,
            "traces",
            bounded ? "0" : "",
            bounded ? beyond == 0 : null));
    report.add(Row.info("gap." + item + ".worst", what + "widest gap / bound", worst, "times"));
    report.add(Row.info("gap." + item + ".jain", what + "Jain's index of service", jain, ""));
  }

  /** 2 * (max(w_p * longest prompt, w_q * tokens of the cache) + Q + C). */
  private static double bound(SchedulingPolicy policy) {
    ServiceWeights w = ServiceWeights.DEFAULT;
    double lag = Math.max(w.prefill() * MAX_LEN, w.decode() * BLOCKS * BLOCK);
    return 2 * (lag + policy.window() + policy.credit());
  }
}
