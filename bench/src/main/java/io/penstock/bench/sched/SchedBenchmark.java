package io.penstock.bench.sched;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.live.LiveGreedyTenant;
import io.penstock.bench.sched.live.LivePriority;
import io.penstock.bench.sched.live.LiveSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The engine's scheduler in simulations and in a running engine, and what it costs. {@code
 * ./penstock bench sched [--quick] [--plots DIR] [--backend cpu|cuda|auto] [--scratch DIR]
 * [--seconds N] [--steps FILE]
 * [greedy|overload|closed|long|prefix|survey|gap|plan|live|live-greedy|live-priority]}; the options
 * from the third on are {@code live}'s, which is the two last.
 */
public final class SchedBenchmark implements Benchmark {
  private static final Set<String> LIVE = Set.of("live", "live-greedy", "live-priority");

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
    if (!words.isEmpty() && LIVE.containsAll(words)) {
      live(LiveSettings.of(options), report, words);
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
    live(LiveSettings.of(options), report, words);
    report.note("Simulated device: %s, a step takes %s".formatted(device.name(), device.cost()));
  }

  private static void live(LiveSettings settings, Report report, List<String> words)
      throws InterruptedException {
    if (wanted(words, "live") || words.contains("live-greedy")) {
      live(report, () -> new LiveGreedyTenant(settings, report).run());
    }
    if (wanted(words, "live") || words.contains("live-priority")) {
      live(report, () -> new LivePriority(settings, report).run());
    }
  }

  /** What else was measured is worth its rows even where no engine runs. */
  private static void live(Report report, LiveRun run) throws InterruptedException {
    try {
      run.run();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | OutOfMemoryError e) {
      e.printStackTrace();
      report.add(Row.failed("live", e.toString()));
    }
  }

  @FunctionalInterface
  private interface LiveRun {
    void run() throws Exception;
  }

  private static boolean wanted(List<String> words, String scenario) {
    return words.isEmpty() || words.contains(scenario);
  }
}
