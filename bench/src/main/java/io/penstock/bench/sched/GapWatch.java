package io.penstock.bench.sched;

import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.ServiceWeights;
import io.penstock.engine.sched.StepPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the service of pairs of tenants that both wait, in every step: how far their difference
 * has ranged since both began to wait. It counts by itself, from what is planned, so that policies
 * without accounts are measured by the same rule. Only tenants numbered below {@value
 * #MOST_TENANTS}, as pairs are many.
 */
final class GapWatch extends SimulationLog {
  private static final int MOST_TENANTS = 40;

  private final ServiceWeights weights;
  private final double[] service = new double[MOST_TENANTS];
  private final int[] waiting = new int[MOST_TENANTS];
  private final double[][] least = new double[MOST_TENANTS][MOST_TENANTS];
  private final double[][] most = new double[MOST_TENANTS][MOST_TENANTS];
  private final List<double[]> overTime = new ArrayList<>(); // second, gap of those that wait
  private int tenants;
  private double widest;
  private double widestNow;

  GapWatch(double fromSeconds, double untilSeconds, ServiceWeights weights) {
    super(fromSeconds, untilSeconds);
    this.weights = weights;
  }

  private static boolean isFollowed(Job job) {
    return job.tenant() < MOST_TENANTS;
  }

  @Override
  void arrived(JobResult result) {
    super.arrived(result);
    if (result.refused == null && isFollowed(result.job)) {
      tenants = Math.max(tenants, result.job.tenant() + 1);
      compare(); // what was before it waits is where its differences begin
      waiting[result.job.tenant()]++;
      compare();
    }
  }

  @Override
  void gaveUp(JobResult result) {
    if (isFollowed(result.job)) {
      waiting[result.job.tenant()]--;
    }
  }

  @Override
  void launched(Simulation simulation, StepPlan plan, long now) {
    super.launched(simulation, plan, now);
    for (ScheduledSequence s : plan.sequences()) {
      JobResult result = simulation.result(s.sequence());
      if (!isFollowed(result.job)) {
        continue;
      }
      int tenant = result.job.tenant();
      waiting[tenant] -= result.begun ? 0 : 1;
      result.begun = true;
      int from = Math.max(result.furthest, s.firstPosition());
      int fresh = Math.max(0, Math.min(s.contextLength(), s.promptLength()) - from);
      service[tenant] += fresh * weights.prefill() + (s.sampled() ? weights.decode() : 0);
      result.furthest = Math.max(result.furthest, s.contextLength());
    }
    compare();
    overTime.add(new double[] {now / 1e9, widestNow});
  }

  private void compare() {
    widestNow = 0;
    for (int f = 0; f < tenants; f++) {
      for (int g = 0; g < f; g++) {
        double difference = service[f] - service[g];
        boolean both = waiting[f] > 0 && waiting[g] > 0;
        least[f][g] = both ? Math.min(least[f][g], difference) : difference;
        most[f][g] = both ? Math.max(most[f][g], difference) : difference;
        widestNow = Math.max(widestNow, most[f][g] - least[f][g]);
      }
    }
    widest = Math.max(widest, widestNow);
  }

  /** Seconds, and the largest difference that two tenants which wait then have built up. */
  double[][] overTime() {
    return new double[][] {
      overTime.stream().mapToDouble(point -> point[0]).toArray(),
      overTime.stream().mapToDouble(point -> point[1]).toArray()
    };
  }

  /** Largest difference in weighted tokens that two tenants built up while both waited. */
  double widest() {
    return widest;
  }

  /** Jain's index of what tenants were served in all: 1 when all got the same. */
  double jain() {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < tenants; i++) {
      sum += service[i];
      squares += service[i] * service[i];
    }
    return sum * sum / (tenants * squares);
  }
}
