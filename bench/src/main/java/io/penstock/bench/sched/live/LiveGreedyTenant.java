package io.penstock.bench.sched.live;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.engine.Timeline;
import io.penstock.bench.sched.live.OpenLoop.Phase;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.boot.SchedulingOptions.Policy;
import io.penstock.engine.client.InferenceEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Twenty equal tenants on a running engine, then the same with tenant 0 sending more, under the
 * tenant-fair policy and by arrival. What do the other 19 see?
 */
public final class LiveGreedyTenant {
  private static final int TENANTS = 20;
  private static final double WORST = 1.3;
  private static final long SEED = 42;
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Predicate<LiveRequest> GREEDY = request -> request.tenant == 0;

  private static final int WARM = 32; // requests at once
  private static final int BURST = 48;
  private static final int LEAST = 20; // requests that a p99 is judged by

  // CUDA: as vLLM was measured
  private static final Load H100 = new Load(24, 40);

  // CPU: by what it can do
  private static final double SHARE = 0.6;
  private static final double GREED = 10;

  private final LiveSettings settings;
  private final Report report;
  private Load load;

  /**
   * @param rate requests a second of all tenants
   * @param more those that tenant 0 sends besides
   */
  private record Load(double rate, double more) {}

  public LiveGreedyTenant(LiveSettings settings, Report report) {
    this.settings = settings.onThisMachine();
    this.report = report;
  }

  /**
   * @throws IllegalStateException when a request does not end
   */
  public void run() throws Exception {
    try (AutoCloseable _ = StepRecording.to(settings.steps())) {
      policies();
    }
  }

  private void policies() throws IOException, InterruptedException {
    for (Policy policy : List.of(Policy.FAIR, Policy.FCFS)) {
      report.progress(policy == Policy.FAIR ? 0.92 : 0.96, "one greedy tenant, live, " + policy);
      try (InferenceEngine engine =
          EngineFactory.load(settings.engine(policy), LoadProgress.NONE)) {
        EngineDriver driver = new EngineDriver(engine, PATIENCE, SEED);
        warm(driver, policy);
        OpenLoop loop = new OpenLoop(driver, settings.prompt(), settings.output(), PATIENCE);
        Phase alone = phase(loop, 0);
        Phase beside = phase(loop, load.more);
        if (!settings.cuda()) {
          capacity(driver, policy, "after"); // unlike before: something else used the processor
        }
        rows(policy, alone, beside);
        if (policy == Policy.FAIR) {
          report.note("Live: " + engine.model().backend());
        }
      }
    }
  }

  /** Compiles, and on a CPU finds out what it can do: the first policy's sets the load of all. */
  private void warm(EngineDriver driver, Policy policy) throws InterruptedException {
    driver.together(WARM, settings.prompt(), settings.output());
    if (settings.cuda() && settings.steps() != null) { // so that large batches are in it, too
      driver.together(settings.mostSequences(), settings.prompt(), settings.output());
    }
    if (settings.cuda()) {
      load = H100;
      return;
    }
    double capacity = capacity(driver, policy, "before");
    if (load == null) {
      load = new Load(SHARE * capacity, GREED * SHARE * capacity / TENANTS);
    }
  }

  /** Requests a second of a burst. */
  private double capacity(EngineDriver driver, Policy policy, String when)
      throws InterruptedException {
    List<Timeline> timelines = driver.together(BURST, settings.prompt(), settings.output());
    long start = timelines.stream().mapToLong(Timeline::submitted).min().orElseThrow();
    long end = timelines.stream().mapToLong(Timeline::last).max().orElseThrow();
    double capacity = BURST * 1e9 / (end - start);
    report.add(
        Row.info(
            item(policy) + ".capacity." + when,
            what(policy)
                + "%d of %d/%d at once, %s"
                    .formatted(BURST, settings.prompt(), settings.output(), when),
            capacity,
            "requests/s"));
    return capacity;
  }

  private String item(Policy policy) {
    return "live.%s.%s".formatted(settings.backend(), policy).toLowerCase(Locale.ROOT);
  }

  private String what(Policy policy) {
    return "live, %s, %s: "
        .formatted(settings.backend(), policy == Policy.FAIR ? "ours" : "by arrival");
  }

  private Phase phase(OpenLoop loop, double more) throws InterruptedException {
    double seconds = settings.warmUp() + settings.window();
    return loop.run(
        ArrivalPlan.of(SEED, TENANTS, load.rate, more, seconds),
        settings.warmUp(),
        settings.window());
  }

  private void rows(Policy policy, Phase alone, Phase beside) {
    String item = item(policy);
    String what = what(policy);
    String others = what + "p99 to the first token of the others, ";
    double[] firstsAlone = alone.firsts(GREEDY.negate());
    double[] firstsBeside = beside.firsts(GREEDY.negate());
    double before = Numbers.percentile(firstsAlone, 0.99);
    double after = Numbers.percentile(firstsBeside, 0.99);
    report.add(
        Row.info(
            item + ".alone",
            others + "%s req/s in all".formatted(Numbers.text(load.rate)),
            before,
            "ms"));
    report.add(
        Row.info(
            item + ".beside",
            others + "%s more from tenant 0".formatted(Numbers.text(load.more)),
            after,
            "ms"));
    boolean judged = policy == Policy.FAIR && firstsAlone.length >= LEAST;
    String ratio = others + "with / without it";
    report.add(
        judged
            ? Row.atMost(item + ".ratio", ratio, after / before, "times", WORST)
            : Row.info(item + ".ratio", ratio, after / before, "times"));
    report.add(
        Row.info(
            item + ".greedy",
            what + "p99 to the first token of tenant 0 meanwhile",
            Numbers.percentile(beside.firsts(GREEDY), 0.99),
            "ms"));
    report.add(
        Row.info(
            item + ".rate.alone", what + "output without it", alone.tokensPerSecond(), "tokens/s"));
    report.add(
        Row.info(
            item + ".rate.beside", what + "output with it", beside.tokensPerSecond(), "tokens/s"));
    int requests = alone.requests().size() + beside.requests().size();
    long refusedOthers = alone.refused(GREEDY.negate()) + beside.refused(GREEDY.negate());
    long refused = refusedOthers + alone.refused(GREEDY) + beside.refused(GREEDY);
    report.add(
        Row.info(
            item + ".refused",
            what + "refused of %,d, %,d of them of the others".formatted(requests, refusedOthers),
            refused,
            "requests"));
    long requested = alone.requested() + beside.requested();
    report.add(
        new Row(
            item + ".tokens",
            what + "tokens received",
            (double) (alone.tokens() + beside.tokens()),
            "tokens",
            "the %,d requested".formatted(requested),
            alone.whole() && beside.whole()));
    if (policy == Policy.FAIR && !judged) {
      report.note(
          "live: fewer than %d requests are no p99, so its ratio only informs".formatted(LEAST));
    }
    report.note(
        "live, %s: %d and %d requests of the others measured, p50 %s and %s ms; %d and %d steps of %s and %s ms; sent at most %s ms late (p99)"
            .formatted(
                policy,
                firstsAlone.length,
                firstsBeside.length,
                Numbers.text(Numbers.percentile(firstsAlone, 0.5)),
                Numbers.text(Numbers.percentile(firstsBeside, 0.5)),
                alone.steps(),
                beside.steps(),
                Numbers.text(alone.stepMillis()),
                Numbers.text(beside.stepMillis()),
                Numbers.text(Math.max(alone.lateMillis(), beside.lateMillis()))));
  }
}
