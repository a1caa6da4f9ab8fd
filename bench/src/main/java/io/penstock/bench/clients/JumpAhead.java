package io.penstock.bench.clients;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What text that a schema forces costs: the same answer with jump-ahead, and without it, for which
 * a stop string that never comes is enough.
 */
final class JumpAhead {
  private static final int ROUNDS = 7;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final OutputConstraint FORM =
      new OutputConstraint.Json(
          """
          {"type": "object",
           "properties": {"first_name_of_the_person": {"type": "string", "maxLength": 12},
                          "last_name_of_the_person": {"type": "string", "maxLength": 12},
                          "year_of_the_persons_birth": {"type": "integer", "minimum": 1900, "maximum": 2020},
                          "is_a_member_of_the_association": {"type": "boolean"}},
           "required": ["first_name_of_the_person", "last_name_of_the_person",
                        "year_of_the_persons_birth", "is_a_member_of_the_association"],
           "additionalProperties": false}
          """);

  private JumpAhead() {}

  static void measure(InferenceEngine engine, Report report) throws InterruptedException {
    engine.prepare(FORM);
    answer(engine, "warm-up", List.of());
    double[] jumped = new double[ROUNDS];
    double[] stepped = new double[ROUNDS];
    double tokensOfStep = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long steps = engine.metrics().steps();
      long start = System.nanoTime();
      int tokens = answer(engine, "jump-" + round, List.of());
      jumped[round] = (System.nanoTime() - start) / 1e6 / tokens;
      tokensOfStep = (double) tokens / (engine.metrics().steps() - steps);
      start = System.nanoTime();
      tokens = answer(engine, "step-" + round, List.of("\u0000never"));
      stepped[round] = (System.nanoTime() - start) / 1e6 / tokens;
    }
    report.add(
        Row.info("structured.jump.tokens", "tokens of a step with forced text", tokensOfStep, ""));
    report.add(
        Row.info(
            "structured.jump",
            "time of a token with jump-ahead, alone",
            Numbers.median(jumped),
            "ms"));
    report.add(Row.info("structured.jump.without", "without", Numbers.median(stepped), "ms"));
  }

  /** Tokens of an answer, greedy, so that all have the same text. */
  private static int answer(InferenceEngine engine, String id, List<String> stop)
      throws InterruptedException {
    StructuredAnswer answer = new StructuredAnswer(null);
    SamplingParams sampling =
        new SamplingParams(
            0, 1, 0, 0, 1, 0, 0, Map.of(), 1L, 200, 0, stop, List.of(), false, 1, false, 0, true,
            false);
    engine.submit(
        new GenerateRequest(
            id,
            "bench",
            ServiceTier.DEFAULT,
            0,
            engine.text().encode("Somebody, as JSON:\n", true, false),
            sampling,
            TenantTerms.DEFAULT,
            null,
            FORM),
        answer::onEvent);
    answer.await(PATIENCE);
    return answer.tokens();
  }
}
