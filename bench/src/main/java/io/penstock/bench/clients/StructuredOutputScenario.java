package io.penstock.bench.clients;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.penstock.bench.Installation;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Ten outputs of each of the fifty schemas, at temperature 1, by the bundled model: all of them
 * must be JSON and valid by a validator that knows nothing of us. What its length cuts off is no
 * output, and is asked for again with another seed, a few times; how often is reported.
 */
final class StructuredOutputScenario implements ClientScenario {
  private static final int OUTPUTS = 10;
  private static final int ATTEMPTS = 8;
  private static final int MAX_TOKENS = 768;
  private static final int BATCH = 100; // the engine's queue is bounded
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @Override
  public String name() {
    return "structured";
  }

  @Override
  public void run(Report report) throws Exception {
    List<SchemaFile> open = new ArrayList<>();
    for (SchemaFile schema : SchemaFile.all()) {
      open.addAll(Collections.nCopies(OUTPUTS, schema));
    }
    int wanted = open.size();
    List<StructuredAnswer> outputs = new ArrayList<>();
    int cut = 0;
    try (InferenceEngine engine =
        EngineFactory.load(
            EngineOptions.of("bench", Installation.bundledModel()), LoadProgress.NONE)) {
      for (int attempt = 0; attempt < ATTEMPTS && !open.isEmpty(); attempt++) {
        List<SchemaFile> again = new ArrayList<>();
        for (int from = 0; from < open.size(); from += BATCH) {
          report.progress((double) outputs.size() / wanted, "sampling by schemas");
          List<SchemaFile> some = open.subList(from, Math.min(open.size(), from + BATCH));
          for (StructuredAnswer answer : sample(engine, some, attempt * wanted + from)) {
            if (answer.complete()) {
              outputs.add(answer);
            } else {
              cut++;
              again.add(answer.schema());
            }
          }
        }
        open = again;
      }
    }
    report(report, wanted, outputs, cut);
  }

  private static List<StructuredAnswer> sample(
      InferenceEngine engine, List<SchemaFile> schemas, long seed) throws InterruptedException {
    List<StructuredAnswer> answers = new ArrayList<>();
    for (SchemaFile schema : schemas) {
      StructuredAnswer answer = new StructuredAnswer(schema);
      answers.add(answer);
      engine.prepare(schema.constraint());
      engine.submit(request(engine, schema, seed + answers.size()), answer::onEvent);
    }
    for (StructuredAnswer answer : answers) {
      answer.await(PATIENCE);
    }
    return answers;
  }

  private static GenerateRequest request(InferenceEngine engine, SchemaFile schema, long seed) {
    String ask = "Write an example of JSON by this schema: " + schema.name();
    String prompt =
        engine
            .text()
            .renderChat(List.of(Map.of("role", "user", "content", ask)), null, true, Map.of());
    return new GenerateRequest(
        "structured-" + seed,
        "bench",
        ServiceTier.DEFAULT,
        0,
        engine.text().encode(prompt, false, true),
        sampling(seed),
        TenantTerms.DEFAULT,
        null,
        schema.constraint());
  }

  /** At temperature 1, without truncation: whatever the mask allows may come. */
  private static SamplingParams sampling(long seed) {
    return new SamplingParams(
        1,
        1,
        0,
        0,
        1,
        0,
        0,
        Map.of(),
        seed,
        MAX_TOKENS,
        0,
        List.of(),
        List.of(),
        false,
        1,
        false,
        0,
        true,
        false);
  }

  private static void report(Report report, int wanted, List<StructuredAnswer> outputs, int cut) {
    SchemaRegistry validators =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    int valid = 0;
    long tokens = 0;
    for (StructuredAnswer output : outputs) {
      Schema schema = validators.getSchema(output.schema().source());
      boolean holds =
          schema
              .validate(
                  output.text(),
                  InputFormat.JSON,
                  context ->
                      context.executionConfig(config -> config.formatAssertionsEnabled(true)))
              .isEmpty();
      if (!holds) {
        report.note(output.schema().name() + " is not kept: " + output.text());
      }
      valid += holds ? 1 : 0;
      tokens += output.tokens();
    }
    report.add(
        Row.atLeast(
            "structured.outputs", "outputs of 50 schemas that ended", outputs.size(), "", wanted));
    report.add(
        Row.atLeast(
            "structured.valid",
            "of these, JSON and valid by an independent validator",
            100.0 * valid / Math.max(1, outputs.size()),
            "%",
            100));
    report.add(
        Row.info(
            "structured.cut",
            "others, cut off at %d tokens and sampled again".formatted(MAX_TOKENS),
            cut,
            ""));
    report.add(
        Row.info(
            "structured.tokens",
            "tokens of an output",
            (double) tokens / outputs.size(),
            "tokens"));
  }
}
