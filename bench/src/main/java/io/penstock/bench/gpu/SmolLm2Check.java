package io.penstock.bench.gpu;

import io.penstock.bench.Installation;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.ModelLogits;
import java.util.Arrays;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The bundled model against greedy outputs of a float32 reference, by teacher forcing: prompt and
 * expected output are fed together, so one close call does not spoil what follows it.
 */
final class SmolLm2Check {
  private static final int CONTEXT = 1600;
  private static final int CHUNK = 512;

  /** Best two further apart than any 16-bit arithmetic moves them (logits are near 20). */
  private static final double CLEAR = 0.5;

  private final Session session;
  private final Report report;

  SmolLm2Check(Session session, Report report) {
    this.session = session;
    this.report = report;
  }

  void run() {
    JsonNode cases =
        JsonMapper.shared()
            .readTree(GpuSettings.fixtures().resolve("smollm2/smollm2-reference.json").toFile())
            .get("cases");
    long positions = 0;
    long equal = 0;
    long clear = 0;
    long clearAndEqual = 0;
    try (ModelLogits model =
        new ModelLogits(
            session.settings().engine(Installation.bundledModel(), 0, 1, CHUNK),
            1,
            CONTEXT,
            CHUNK)) {
      for (JsonNode expected : cases) {
        int[] prompt = ints(expected.get("prompt_ids"));
        int[] generated = ints(expected.get("generated_ids"));
        int[] fed =
            IntStream.concat(
                    Arrays.stream(prompt), Arrays.stream(generated, 0, generated.length - 1))
                .toArray();
        float[][] logits = model.sequence(0, fed, CHUNK);
        for (int i = 0; i < generated.length; i++) {
          boolean same = Agreement.bestTwo(logits[prompt.length - 1 + i])[0] == generated[i];
          boolean isClear = expected.get("margins").get(i).asDouble() >= CLEAR;
          positions++;
          equal += same ? 1 : 0;
          clear += isClear ? 1 : 0;
          clearAndEqual += same && isClear ? 1 : 0;
        }
      }
    }
    report.add(
        Row.atLeast(
            "smollm2.top1",
            "SmolLM2, same greedy token as in float32 at %,d positions".formatted(positions),
            100.0 * equal / positions,
            "%",
            95));
    report.add(
        Row.atLeast(
            "smollm2.clear",
            "SmolLM2, the same where the best two are %s apart (%,d)".formatted(CLEAR, clear),
            100.0 * clearAndEqual / clear,
            "%",
            100));
  }

  private static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::asInt).toArray();
  }
}
