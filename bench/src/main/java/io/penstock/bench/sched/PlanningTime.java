package io.penstock.bench.sched;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** {@link StepBenchmark} in processes of its own, with few and with many that wait. */
final class PlanningTime {
  private static final double STEP_MICROS = 30_000;
  private static final double MEDIAN = 50;

  private final Report report;
  private final boolean quick;

  PlanningTime(Report report, boolean quick) {
    this.report = report;
    this.quick = quick;
  }

  void run() throws RunnerException {
    Statistics small = measure(1_000, true, 1);
    Statistics large = measure(10_000, true, 1);
    Statistics huge = measure(100_000, true, 1);
    Statistics uncached = measure(10_000, false, 1);
    Statistics tiers = measure(1_000, true, 3);
    String what = "scheduling a step (JMH), 512 running, %,d waiting of 500 tenants";
    report.add(
        Row.atMost("plan.10k", what.formatted(10_000), large.getPercentile(MEDIAN), "us", 200));
    report.add(info("plan.10k.mean", what.formatted(10_000) + ", mean", large.getMean()));
    report.add(info("plan.10k.p99", what.formatted(10_000) + ", p99", large.getPercentile(99)));
    report.add(info("plan.1k", what.formatted(1_000), small.getPercentile(MEDIAN)));
    report.add(
        info(
            "plan.tiers",
            "the same with three tiers, of which the higher ones take places of the lowest",
            tiers.getPercentile(MEDIAN)));
    report.add(info("plan.100k", what.formatted(100_000), huge.getPercentile(MEDIAN)));
    report.add(
        Row.atMost(
            "plan.growth",
            "100 times as many waiting: times as long (log n: 1.7)",
            huge.getPercentile(MEDIAN) / small.getPercentile(MEDIAN),
            "times",
            Math.log(100_000) / Math.log(1_000)));
    report.add(
        Row.atMost(
            "prefix.overhead",
            "prefix cache without hits, of a step of 30 ms",
            Math.max(0, large.getPercentile(MEDIAN) - uncached.getPercentile(MEDIAN))
                / STEP_MICROS
                * 100,
            "%",
            1));
  }

  private static Row info(String item, String what, double micros) {
    return Row.info(item, what, micros, "us");
  }

  /** The first seconds of a process are the compiler's. */
  private Statistics measure(int waiting, boolean cached, int tiers) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include(StepBenchmark.class.getName() + ".step")
            .param("waiting", Integer.toString(waiting))
            .param("cached", Boolean.toString(cached))
            .param("tiers", Integer.toString(tiers))
            .forks(1)
            .warmupIterations(1)
            .warmupTime(TimeValue.seconds(quick ? 2 : 5))
            .measurementIterations(1)
            .measurementTime(TimeValue.seconds(quick ? 1 : 3))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .build();
    RunResult result = new Runner(options).runSingle();
    return result.getPrimaryResult().getStatistics();
  }
}
