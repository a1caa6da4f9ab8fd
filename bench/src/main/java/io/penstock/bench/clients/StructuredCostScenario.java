package io.penstock.bench.clients;

import io.penstock.bench.Installation;
import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.GrammarMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/**
 * What structured output costs: masks and compiling by {@link GrammarBenchmark}, masks that nobody
 * asked for before, and the engine's tokens a second with a schema against those without.
 */
final class StructuredCostScenario implements ClientScenario {
  private static final int BATCH = 16;
  private static final int TOKENS = 64;
  private static final int ROUNDS = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Never ends by itself, and has strings, numbers and names in every part. */
  private static final OutputConstraint ENDLESS =
      new OutputConstraint.Json(
          """
          {"type": "array", "minItems": 1000, "items": {"type": "object",
           "properties": {"name": {"type": "string", "minLength": 10, "maxLength": 60},
                          "kind": {"enum": ["alpha", "beta", "gamma"]},
                          "score": {"type": "number", "minimum": 0, "maximum": 100},
                          "tags": {"type": "array", "items": {"type": "string", "maxLength": 12},
                                   "minItems": 1, "maxItems": 3}},
           "required": ["name", "kind", "score", "tags"], "additionalProperties": false}}
          """);

  @Override
  public String name() {
    return "structured-cost";
  }

  @Override
  public void run(Report report) throws Exception {
    report.progress(0, "masks, by JMH");
    Statistics masks = measure("mask", 5, 5);
    report.add(
        Row.atMost(
            "structured.mask.p99",
            "mask and token, 49,152 tokens, 50 schemas (JMH), p99",
            masks.getPercentile(99),
            "us",
            200));
    report.add(us("structured.mask", "the same, median", masks.getPercentile(50)));
    report.add(us("structured.mask.p999", "the same, p99.9", masks.getPercentile(99.9)));
    report.progress(0.3, "compiling, by JMH");
    Statistics compiling = measure("compile", 5, 5);
    report.add(
        Row.atMost(
            "structured.compile",
            "compiling a schema up to its first mask (JMH), median",
            compiling.getPercentile(50) / 1000,
            "ms",
            50));
    report.add(
        Row.info(
            "structured.compile.p99", "the same, p99", compiling.getPercentile(99) / 1000, "ms"));
    report.progress(0.6, "first masks");
    firstMasks(report);
    report.progress(0.7, "throughput");
    throughput(report);
  }

  private static Row us(String item, String what, double micros) {
    return Row.info(item, what, micros, "us");
  }

  private static Statistics measure(String method, int warmUp, int seconds) throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .include(GrammarBenchmark.class.getName() + "." + method + "$")
                .forks(1)
                .warmupIterations(1)
                .warmupTime(TimeValue.seconds(warmUp))
                .measurementIterations(1)
                .measurementTime(TimeValue.seconds(seconds))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .build())
        .runSingle()
        .getPrimaryResult()
        .getStatistics();
  }

  /** Masks of grammars that are new, so that each state is seen for the first time. */
  private static void firstMasks(Report report) throws Exception {
    GrammarCompiler compiler = new GrammarCompiler(GrammarBenchmark.vocabulary());
    Random random = new Random(7);
    List<Double> micros = new ArrayList<>();
    for (int round = 0; round < 6; round++) { // the first ones are the compiler's
      micros.clear();
      for (SchemaFile schema : SchemaFile.all()) {
        OutputConstraint anew = new OutputConstraint.Json(schema.source() + " ".repeat(round));
        int[] tokens = GrammarBenchmark.randomTokens(compiler.compile(anew), random);
        OutputConstraint again =
            new OutputConstraint.Json(schema.source() + "\n".repeat(1 + round));
        CompiledGrammar grammar = compiler.compile(again);
        GrammarMatcher matcher = grammar.matcher();
        for (int token : tokens) {
          long start = System.nanoTime();
          matcher.allowed();
          matcher.accept(token);
          micros.add((System.nanoTime() - start) / 1e3);
        }
      }
    }
    double[] sorted = micros.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    report.add(
        us(
            "structured.first.p99",
            "mask and token of a grammar's first text, p99",
            sorted[sorted.length * 99 / 100]));
    report.add(
        us(
            "structured.first",
            "mask and token of a grammar's first text, median",
            sorted[sorted.length / 2]));
  }

  // ---- throughput

  private static void throughput(Report report) throws Exception {
    try (InferenceEngine engine =
        EngineFactory.load(
            EngineOptions.of("bench", Installation.bundledModel()), LoadProgress.NONE)) {
      engine.prepare(ENDLESS);
      double[] free = new double[ROUNDS];
      double[] constrained = new double[ROUNDS];
      double[] ratios = new double[ROUNDS];
      rate(engine, null, 0);
      rate(engine, ENDLESS, 0);
      for (int round = 0; round < ROUNDS; round++) {
        free[round] = rate(engine, null, round + 1);
        constrained[round] = rate(engine, ENDLESS, round + 1);
        ratios[round] = constrained[round] / free[round];
      }
      report.add(
          Row.atLeast(
              "structured.throughput",
              "tokens a second with a schema / without, batch 16, temperature 1",
              Numbers.median(ratios),
              "times",
              0.9));
      report.add(
          Row.info("structured.rate", "with a schema", Numbers.median(constrained), "tokens/s"));
      report.add(Row.info("structured.rate.free", "without", Numbers.median(free), "tokens/s"));
      JumpAhead.measure(engine, report);
      report.note(
          "throughput: %s, %d rounds in alternation, ratios %s"
              .formatted(engine.model().backend(), ROUNDS, Arrays.toString(ratios)));
    }
  }

  private static double rate(InferenceEngine engine, OutputConstraint constraint, int round)
      throws InterruptedException {
    int[] prompt = engine.text().encode("A list of things, as JSON:\n", true, false);
    List<StructuredAnswer> answers = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < BATCH; i++) {
      StructuredAnswer answer = new StructuredAnswer(null);
      answers.add(answer);
      SamplingParams sampling =
          new SamplingParams(
              1,
              1,
              0,
              0,
              1,
              0,
              0,
              Map.of(),
              100L * round + i,
              TOKENS,
              constraint == null ? TOKENS : 0,
              List.of(),
              List.of(),
              false,
              1,
              false,
              0,
              true,
              false);
      engine.submit(
          new GenerateRequest(
              "rate-" + round + "-" + i + (constraint == null ? "" : "c"),
              "bench",
              ServiceTier.DEFAULT,
              0,
              prompt,
              sampling,
              TenantTerms.DEFAULT,
              null,
              constraint),
          answer::onEvent);
    }
    int tokens = 0;
    for (StructuredAnswer answer : answers) {
      answer.await(PATIENCE);
      tokens += answer.tokens();
    }
    return tokens / ((System.nanoTime() - start) / 1e9);
  }
}
