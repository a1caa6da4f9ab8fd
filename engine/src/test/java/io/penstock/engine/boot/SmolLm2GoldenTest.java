package io.penstock.engine.boot;

import static io.penstock.engine.boot.LoadedModel.FIXTURES;
import static io.penstock.engine.boot.LoadedModel.SMOLLM2;
import static io.penstock.engine.boot.LoadedModel.argmax;
import static io.penstock.engine.boot.TinyModelsGoldenTest.ints;
import static io.penstock.engine.boot.TinyModelsGoldenTest.logSumExp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The bundled model against a float32 reference, by teacher forcing: prompt and expected output are
 * fed together, so that every position can be compared wherever an earlier one was too close to
 * call. All cases with {@code -Dpenstock.golden=all}.
 */
class SmolLm2GoldenTest {
  private static final float TOLERANCE = 2e-3f;
  private static final double CERTAIN_MARGIN = 0.02;
  private static final Set<String> DEFAULT_CASES =
      Set.of(
          "chat-01",
          "chat-07",
          "system-02",
          "turns-03",
          "raw-04",
          "code-01",
          "script-emoji",
          "one-01",
          "num-02",
          "space-01");

  @Test
  void agreesWithTheReference() {
    boolean all = "all".equals(System.getProperty("penstock.golden"));
    JsonNode reference =
        TinyModelsGoldenTest.json(FIXTURES.resolve("smollm2/smollm2-reference.json"));
    List<JsonNode> cases =
        reference
            .get("cases")
            .valueStream()
            .filter(c -> all || DEFAULT_CASES.contains(c.get("id").asString()))
            .toList();
    assertThat(cases).hasSizeGreaterThanOrEqualTo(DEFAULT_CASES.size());
    try (LoadedModel model = new LoadedModel(SMOLLM2, 1600, 160)) {
      for (JsonNode expected : cases) {
        check(model, expected);
      }
      int[] prompt = ints(cases.getFirst().get("prompt_ids"));
      float[][] whole = model.logits(prompt, 0, 160);
      for (int chunk : new int[] {1, 7, 16}) {
        assertThat(model.logits(prompt, 0, chunk)).as("chunks of %d", chunk).isDeepEqualTo(whole);
      }
    }
  }

  private static void check(LoadedModel model, JsonNode expected) {
    String id = expected.get("id").asString();
    int[] prompt = ints(expected.get("prompt_ids"));
    int[] generated = ints(expected.get("generated_ids"));
    int[] fed =
        IntStream.concat(Arrays.stream(prompt), Arrays.stream(generated, 0, generated.length - 1))
            .toArray();
    float[][] logits = model.logits(fed, prompt.length - 1, 160);
    assertPosition(id + " first", logits[0], expected.get("first"));
    assertPosition(id + " last", logits[logits.length - 1], expected.get("last"));
    for (int i = 0; i < generated.length; i++) {
      if (expected.get("margins").get(i).asDouble() >= CERTAIN_MARGIN) {
        assertThat(argmax(logits[i])).as("%s, token %d", id, i).isEqualTo(generated[i]);
      }
    }
  }

  private static void assertPosition(String at, float[] logits, JsonNode expected) {
    for (JsonNode pair : expected.get("top10")) {
      assertThat(logits[pair.get(0).asInt()])
          .as("%s, logit %d", at, pair.get(0).asInt())
          .isCloseTo((float) pair.get(1).asDouble(), within(TOLERANCE));
    }
    assertThat(logSumExp(logits))
        .as(at)
        .isCloseTo(expected.get("logsumexp").asDouble(), within((double) TOLERANCE));
  }
}
