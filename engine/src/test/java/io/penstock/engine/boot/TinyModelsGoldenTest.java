package io.penstock.engine.boot;

import static io.penstock.engine.boot.LoadedModel.FIXTURES;
import static io.penstock.engine.boot.LoadedModel.argmax;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Logits and greedy tokens of every architecture and option, against Hugging Face transformers. */
class TinyModelsGoldenTest {
  private static final float TINY = 2e-4f;
  private static final float QUANTIZED = 5e-4f;

  static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama-bias",
        "llama-dynamic",
        "llama-gqa",
        "llama-linear-rope",
        "llama-yarn",
        "llama3-rope",
        "mistral-swa",
        "qwen2",
        "qwen3"
      })
  void agreesWithTransformers(String name) throws IOException {
    Path directory = FIXTURES.resolve("tiny").resolve(name);
    try (LoadedModel model = new LoadedModel(directory, 256, 200)) {
      for (JsonNode prompt : json(directory.resolve("reference.json")).get("prompts")) {
        check(model, prompt);
      }
    }
  }

  private static void check(LoadedModel model, JsonNode prompt) {
    int[] ids = ints(prompt.get("ids"));
    float[][] logits = model.logits(ids, 0, 200);
    assertClose(logits[ids.length - 1], prompt.get("last_logits"), TINY);

    double sum = 0;
    for (int i = 0; i < ids.length; i++) {
      if (prompt.get("argmax_margin").get(i).asDouble() > 2 * TINY) {
        assertThat(argmax(logits[i])).isEqualTo(prompt.get("argmax").get(i).asInt());
      }
      sum += i == 0 ? 0 : logprob(logits[i - 1], ids[i]);
    }
    double expected = prompt.get("prompt_logprob_sum").asDouble();
    assertThat(sum).isCloseTo(expected, within(1e-3 * Math.abs(expected)));

    String greedy = prompt.has("greedy_cached") ? "greedy_cached" : "greedy";
    assertGreedy(model, ids, prompt.get(greedy), prompt.get(greedy + "_margin"), TINY);

    assertSameInChunks(model, ids, logits);
  }

  /** However a prompt is cut, the bits are the same. */
  private static void assertSameInChunks(LoadedModel model, int[] ids, float[][] logits) {
    for (int chunk : new int[] {1, 5, 16, 33}) {
      assertThat(model.logits(ids, 0, chunk)).isDeepEqualTo(logits);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K"})
  void agreesOnEveryStoredType(String type) throws IOException {
    Path directory = FIXTURES.resolve("gguf-tiny");
    JsonNode reference = json(directory.resolve("reference.json"));
    JsonNode expected = reference.get("types").get(type);
    try (LoadedModel model = new LoadedModel(directory.resolve(type + ".gguf"), 144, 128)) {
      for (int i = 0; i < 3; i++) {
        int[] ids = ints(reference.get("prompts").get(i));
        float[][] logits = model.logits(ids, 0, 128);
        assertClose(logits[ids.length - 1], expected.get("last_logits").get(i), QUANTIZED);
        assertSameInChunks(model, ids, logits);
        assertGreedy(
            model,
            ids,
            expected.get("greedy").get(i),
            expected.get("greedy_margin").get(i),
            QUANTIZED);
      }
    }
  }

  static void assertClose(float[] actual, JsonNode expected, float tolerance) {
    assertThat(actual).hasSize(expected.size());
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          .as("logit %d", i)
          .isCloseTo((float) expected.get(i).asDouble(), within(tolerance));
    }
  }

  /** Equal up to the first step whose best two are too close to call. */
  private static void assertGreedy(
      LoadedModel model, int[] ids, JsonNode expected, JsonNode margins, float tolerance) {
    int certain = 0;
    while (certain < margins.size() && margins.get(certain).asDouble() > 2 * tolerance) {
      certain++;
    }
    int[] generated = model.greedy(ids, expected.size());
    assertThat(Arrays.copyOf(generated, certain)).isEqualTo(Arrays.copyOf(ints(expected), certain));
  }

  static double logSumExp(float[] logits) {
    double max = logits[argmax(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }

  private static double logprob(float[] logits, int id) {
    return logits[id] - logSumExp(logits);
  }
}
