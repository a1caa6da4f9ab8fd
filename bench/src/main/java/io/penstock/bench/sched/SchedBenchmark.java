package io.penstock.bench.sched;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.live.LiveGreedyTenant;
import io.penstock.bench.sched.live.LiveSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The engine's scheduler in simulations and in a running engine, and what it costs. {@code
 * ./penstock bench sched [--quick] [--plots DIR] [--backend cpu|cuda|auto] [--scratch DIR]
 * [--seconds N] [--steps FILE] [greedy|overload|closed|long|prefix|survey|gap|plan|live]}; the
 * options from the third on are {@code live}'s.
 */
public final class SchedBenchmark implements Benchmark {

  @Override
  public String name() {
    return "sched";
  }

  @Override
  public String description() {
    return "fairness between tenants, tiers, step times and the prefix cache, simulated on the real scheduler and live";
  }

  @Override
  public Options options(List<String> arguments) {
    Options options =
        Options.parse(
            arguments, Set.of("plots", "backend", "scratch", "seconds", "steps"), Set.of("quick"));
    LiveSettings.of(options);
    return options;
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    boolean quick = options.has("quick");
    Plots plots = new Plots(options.has("plots") ? Path.of(options.text("plots", "")) : null);
    List<String> words = options.words();
    if (words.equals(List.of("live"))) {
      live(LiveSettings.of(options), report);
      return;
    }
    DeviceModel device = DeviceModel.h100();
    if (wanted(words, "greedy")) {
      report.progress(0.1, "one greedy tenant among 20");
      new GreedyTenant(device, report, quick ? 2 : 8, plots).run();
    }
    if (wanted(words, "overload")) {
      report.progress(0.3, "2 times overload");
      new PriorityOverload(device, report, quick ? 2 : 8, plots).run();
    }
    if (wanted(words, "closed")) {
      report.progress(0.45, "closed loops of one tenant");
      new ClosedLoop(device, report).run();
    }
    if (wanted(words, "long")) {
      report.progress(0.5, "a long prompt among streams");
      new LongPrompt(device, report, plots).run();
    }
    if (wanted(words, "prefix")) {
      report.progress(0.6, "shared prefixes");
      new SharedPrompt(device, report).run();
    }
    if (wanted(words, "survey")) {
      report.progress(0.65, "bursts, mixed lengths, many tenants");
      new Surveys(device, report, quick ? 15 : 30, plots).run();
    }
    if (wanted(words, "gap")) {
      report.progress(0.7, "random traces");
      new RandomTraces(report, quick ? 200 : 1_000, plots).run();
    }
    if (wanted(words, "plan")) {
      report.progress(0.9, "the scheduler's own time");
      new PlanningTime(report, quick).run();
    }
    if (wanted(words, "live")) {
      live(LiveSettings.of(options), report);
    }
    report.note("Simulated device: %s, a step takes %s".formatted(device.name(), device.cost()));
  }

  /** What was simulated is worth its rows even where no engine runs. */
  private static void live(LiveSettings settings, Report report) throws Exception {
    try {
      new LiveGreedyTenant(settings, report).run();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      e.printStackTrace();
      report.add(Row.failed("live", e.toString()));
    }
  }

  private static boolean wanted(List<String> words, String scenario) {
    return words.isEmpty() || words.contains(scenario);
  }
}
