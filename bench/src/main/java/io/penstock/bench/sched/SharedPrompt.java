package io.penstock.bench.sched;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.core.ServiceTier;
import java.util.ArrayList;
import java.util.List;

/**
 * 64 requests that begin with the same 1,000 tokens, come at once and differ in 16 more; then
 * another tenant sends the same prompt.
 */
final class SharedPrompt {
  private static final int REQUESTS = 64;
  private static final int SHARED = 1_000;

  private final DeviceModel device;
  private final Report report;

  SharedPrompt(DeviceModel device, Report report) {
    this.device = device;
    this.report = report;
  }

  void run() {
    List<JobResult> without = simulate(false);
    List<JobResult> with = simulate(true);
    double saved = 1 - (double) computed(with) / computed(without);
    report.add(
        Row.atLeast(
            "prefix.saved",
            "1,000 tokens shared by 64 requests: prompt tokens that need no computing",
            100 * saved,
            "%",
            95));
    JobResult probe = with.getLast();
    report.add(
        new Row(
            "prefix.probe",
            "the same prompt from another tenant: cached tokens that it finds",
            (double) probe.cached,
            "tokens",
            "0",
            probe.cached == 0));
  }

  /** Tokens of the 64 prompts beyond the 16 that are each one's own. */
  private static long computed(List<JobResult> results) {
    return results.stream()
        .filter(r -> r.job.tenant() == 0)
        .mapToLong(r -> r.job.prompt() - r.cached - 16)
        .sum();
  }

  private List<JobResult> simulate(boolean cached) {
    List<Job> jobs = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      jobs.add(new Job(0, ServiceTier.DEFAULT, 0, SHARED + 16, 32, 32, SHARED, 0));
    }
    jobs.add(new Job(1, ServiceTier.DEFAULT, 5_000_000_000L, SHARED + 16, 32, 32, SHARED, 0));
    return new Simulation(
            device, Policy.OURS.policy, 1000, cached, jobs, 60, new SimulationLog(0, 60))
        .run();
  }
}
