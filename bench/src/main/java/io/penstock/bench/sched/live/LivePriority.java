package io.penstock.bench.sched.live;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.live.OpenLoop.Phase;
import io.penstock.engine.boot.SchedulingOptions.Policy;
import java.io.IOException;
import java.util.function.Predicate;

/**
 * The simulated overload on a running GPU: a tenth of what it can do from the priority tier, alone;
 * then with 1.9 times what it can do from the default and flex tiers besides. With steps that pause
 * for urgent prompts, by arrival, and without pauses (not with {@code --quick}).
 */
public final class LivePriority {
  private static final int TENANTS = 5; // of each tier
  private static final double CAPACITY = 53; // requests of 512/128 a second: bench/sched/NOTES.md
  private static final double[] ALONE = {0.1 * CAPACITY, 0, 0};
  private static final double[] OVERLOAD = {0.1 * CAPACITY, 1.4 * CAPACITY, 0.5 * CAPACITY};
  private static final double WARM_UP = 12; // until all places are taken, and a queue has built up
  private static final double WORST = 1.5;
  private static final double LEAST_THROUGHPUT = 0.95;
  private static final long SEED = 7;
  private static final Predicate<LiveRequest> PRIORITY = request -> request.tenant < TENANTS;

  private final LiveSettings settings;
  private final Report report;

  /**
   * @param settings on CUDA
   */
  public LivePriority(LiveSettings settings, Report report) {
    this.settings = settings.onThisMachine();
    this.report = report;
  }

  /**
   * @throws IllegalStateException when a request does not end
   */
  public void run() throws Exception {
    if (!settings.cuda()) {
      report.note("live: the priority tier at twice the load is measured on a GPU only");
      return;
    }
    Phase[] pausing = windows(Policy.FAIR, true, "pausing");
    Phase byArrival = windows(Policy.FCFS, false, "arrival")[1];
    String what = "live, 2 times overload, ours: ";
    report.add(
        Row.atMost(
            "live.cuda.priority.ratio",
            what + "priority tier's p99 / unloaded",
            p99(pausing[1]) / p99(pausing[0]),
            "times",
            WORST));
    report.add(
        Row.atLeast(
            "live.cuda.priority.throughput",
            what + "throughput / by arrival",
            pausing[1].tokensPerSecond() / byArrival.tokensPerSecond(),
            "times",
            LEAST_THROUGHPUT));
    if (!settings.quick()) {
      Phase[] waiting = windows(Policy.FAIR, false, "waiting");
      report.add(
          Row.info(
              "live.cuda.priority.waiting.ratio",
              what + "the same where steps do not pause",
              p99(waiting[1]) / p99(waiting[0]),
              "times"));
    }
  }

  /**
   * @return without and with the overload; by arrival, null and with it
   */
  private Phase[] windows(Policy policy, boolean interposed, String name)
      throws IOException, InterruptedException {
    report.progress(0.97, "2 times overload, live, " + name);
    LiveSettings own = settings.withInterposedSteps(interposed);
    try (LiveEngine engine = new LiveEngine(own, policy, SEED)) {
      engine.warm();
      String item = "live.cuda.priority." + name;
      String what = "live, " + (policy == Policy.FAIR ? "ours, steps " : "by ") + name + ": ";
      String first = what + "priority tier, p99 to the first token, ";
      Phase alone = null;
      if (policy == Policy.FAIR) {
        alone = engine.tiers(SEED, TENANTS, ALONE, settings.warmUp());
        report.add(Row.info(item + ".alone", first + "unloaded", p99(alone), "ms"));
        report.note("live, %s, unloaded: %s".formatted(name, text(alone)));
      }
      StepCounts steps = new StepCounts();
      Phase loaded = engine.tiers(SEED, TENANTS, OVERLOAD, WARM_UP);
      steps.close();
      report.add(Row.info(item + ".loaded", first + "at 2 times overload", p99(loaded), "ms"));
      report.add(
          Row.info(
              item + ".rate",
              what + "tokens a second at 2 times overload",
              loaded.tokensPerSecond(),
              "tokens/s"));
      report.note(
          "live, %s, at 2 times overload: %s; %s".formatted(name, text(loaded), steps.text()));
      return new Phase[] {alone, loaded};
    }
  }

  private static String text(Phase phase) {
    double[] firsts = phase.firsts(PRIORITY);
    return "%d requests of the priority tier measured, p50 %s, p90 %s, longest %s ms"
        .formatted(
            firsts.length,
            Numbers.text(Numbers.percentile(firsts, 0.5)),
            Numbers.text(Numbers.percentile(firsts, 0.9)),
            Numbers.text(Numbers.percentile(firsts, 1)));
  }

  private static double p99(Phase phase) {
    return Numbers.percentile(phase.firsts(PRIORITY), 0.99);
  }
}
