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
import java.util.concurrent.Semaphore;

/**
 * Ten outputs of each of the fifty schemas, at temperature 1, by the bundled model: all of them,
 * whatever ended them, must be JSON and valid by a validator that knows nothing of us. Each is
 * sampled once.
 */
final class StructuredOutputScenario implements ClientScenario {
  private static final int OUTPUTS = 10;
  private static final int MAX_TOKENS = 768;
  private static final int BATCH = 100; // the engine's queue is bounded
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @Override
  public String name() {
    return "structured";
  }

  @Override
  public void run(Report report) throws Exception {
    List<SchemaFile> wanted = new ArrayList<>();
    for (SchemaFile schema : SchemaFile.all()) {
      wanted.addAll(Collections.nCopies(OUTPUTS, schema));
    }
    List<StructuredAnswer> outputs = new ArrayList<>();
    try (InferenceEngine engine =
        EngineFactory.load(
            EngineOptions.of("bench", Installation.bundledModel()), LoadProgress.NONE)) {
      Semaphore room = new Semaphore(BATCH);
      for (SchemaFile schema : wanted) {
        room.acquire();
        report.progress((double) outputs.size() / wanted.size(), "sampling by schemas");
        outputs.add(sample(engine, schema, outputs.size() + 1, room));
      }
      for (StructuredAnswer output : outputs) {
        output.await(PATIENCE);
      }
    }
    report(report, outputs);
  }

  private static StructuredAnswer sample(
      InferenceEngine engine, SchemaFile schema, long seed, Semaphore room) {
    StructuredAnswer answer = new StructuredAnswer(schema);
    engine.prepare(schema.constraint());
    engine.submit(
        request(engine, schema, seed),
        event -> {
          answer.onEvent(event);
          if (answer.hasEnded()) {
            room.release();
          }
        });
    return answer;
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

  private static void report(Report report, List<StructuredAnswer> outputs) {
    SchemaRegistry validators =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    int valid = 0;
    int shortened = 0;
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
      shortened += output.isShortened() ? 1 : 0;
      tokens += output.tokens();
    }
    report.add(
        Row.atLeast(
            "structured.valid",
            "outputs of 50 schemas that are JSON and valid by an independent validator, of all "
                + outputs.size(),
            valid,
            "",
            outputs.size()));
    report.add(
        Row.info(
            "structured.shortened",
            "of these, brought to their end because %d tokens would not have lasted"
                .formatted(MAX_TOKENS),
            shortened,
            ""));
    report.add(
        Row.info(
            "structured.tokens",
            "tokens of an output",
            (double) tokens / outputs.size(),
            "tokens"));
  }
}
