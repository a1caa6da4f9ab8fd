package io.penstock.bench.sched.live;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.SchedulingOptions.Policy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Twenty equal tenants (ten on a CPU) on a running engine, then the same with tenant 0 sending
 * more, under the tenant-fair policy and by arrival. What do the others see?
 *
 * <p>A GPU holds one engine at a time, so policies come one after the other. On a CPU both engines
 * run in this process, one at a time at work, in short windows that alternate: whatever else uses
 * the processor meets both. Before each window a burst measures what the machine can do just then;
 * where that varies too much, the rows say so and judge nothing.
 */
public final class LiveGreedyTenant {
  private static final int TENANTS = 20;
  private static final long SEED = 42;

  // CUDA: as vLLM was measured, requests a second
  private static final double RATE = 24;
  private static final double MORE = 40;

  // CPU: by what it can do. Ten shares more are 1.2 times that in all, as on the GPU.
  private static final int FEWER_TENANTS = 10;
  private static final double SHARE = 0.6;
  private static final double GREED = 10;
  private static final int ROUNDS = 2;
  private static final int BURST = 24; // requests
  private static final long ENOUGH_NANOS = 120_000_000_000L; // no round begins later than this
  private static final double STEADY = 1.4; // most that the machine's speed may vary

  private final LiveSettings settings;
  private final Report report;

  public LiveGreedyTenant(LiveSettings settings, Report report) {
    this.settings = settings.onThisMachine();
    this.report = report;
  }

  /**
   * @throws IllegalStateException when a request does not end
   */
  public void run() throws Exception {
    try (AutoCloseable _ = StepRecording.to(settings.steps())) {
      if (settings.cuda()) {
        oneAfterTheOther();
      } else {
        inAlternation();
      }
    }
  }

  private void oneAfterTheOther() throws IOException, InterruptedException {
    for (Policy policy : List.of(Policy.FAIR, Policy.FCFS)) {
      report.progress(policy == Policy.FAIR ? 0.92 : 0.96, "one greedy tenant, live, " + policy);
      try (LiveEngine engine = new LiveEngine(settings, policy, SEED)) {
        engine.warm();
        engine.window(SEED, TENANTS, RATE, 0);
        engine.window(SEED, TENANTS, RATE, MORE);
        new LiveRows(settings, report, RATE, MORE).add(engine, policy == Policy.FAIR);
        if (policy == Policy.FAIR) {
          report.note("Live: " + engine.backend());
        }
      }
    }
  }

  private void inAlternation() throws IOException, InterruptedException {
    try (LiveEngine fair = new LiveEngine(settings, Policy.FAIR, SEED);
        LiveEngine fcfs = new LiveEngine(settings, Policy.FCFS, SEED)) {
      List<LiveEngine> engines = List.of(fair, fcfs);
      report.progress(0.92, "one greedy tenant, live: warming up");
      for (LiveEngine engine : engines) {
        engine.warm();
        engine.capacity(BURST);
      }
      double rate = SHARE * Math.min(fair.capacity(BURST), fcfs.capacity(BURST));
      double more = GREED * rate / FEWER_TENANTS;
      Map<LiveEngine, List<Double>> speeds = new LinkedHashMap<>();
      long start = System.nanoTime();
      for (int round = 0; round < ROUNDS && System.nanoTime() - start < ENOUGH_NANOS; round++) {
        for (double extra : new double[] {0, more}) {
          report.progress(
              0.93 + 0.06 * round / ROUNDS,
              "one greedy tenant, live: round %d of %d".formatted(round + 1, ROUNDS));
          for (LiveEngine engine : engines) {
            speeds.computeIfAbsent(engine, _ -> new ArrayList<>()).add(engine.capacity(BURST));
            engine.window(SEED + round, FEWER_TENANTS, rate, extra);
          }
        }
      }
      boolean steady = steady(speeds);
      LiveRows rows = new LiveRows(settings, report, rate, more);
      rows.add(fair, steady);
      rows.add(fcfs, false);
      report.note("Live: " + fair.backend());
    }
  }

  /** Each engine by itself: a policy may make a burst slower, which is no noise. */
  private boolean steady(Map<LiveEngine, List<Double>> speeds) {
    double variation = 1;
    for (var engine : speeds.entrySet()) {
      double slowest = Collections.min(engine.getValue());
      double fastest = Collections.max(engine.getValue());
      String item = "live.cpu.speed." + engine.getKey().policy.name().toLowerCase(Locale.ROOT);
      String what = "live, CPU: a burst under " + engine.getKey().policy;
      report.add(Row.info(item + ".least", what + ", when slowest", slowest, "requests/s"));
      report.add(Row.info(item + ".most", what + ", when fastest", fastest, "requests/s"));
      variation = Math.max(variation, fastest / slowest);
    }
    boolean steady = variation <= STEADY;
    if (!steady) {
      report.note(
          "live: THIS MACHINE WAS TOO NOISY: its speed varied by %.1f between windows (%.1f is the most), something else used the processor. The live rows mean nothing and are not judged; run it again on an idle machine"
              .formatted(variation, STEADY));
    }
    return steady;
  }
}
