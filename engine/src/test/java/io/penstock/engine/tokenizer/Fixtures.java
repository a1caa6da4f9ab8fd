package io.penstock.engine.tokenizer;

import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models and reference files of the tests. */
final class Fixtures {
  static final JsonMapper JSON = JsonMapper.shared();
  static final Path ROOT = Path.of("src/test/fixtures");
  static final Path SMOLLM2 = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");
  static final Path GGUF_TINY = ROOT.resolve("gguf-tiny/F32.gguf");
  static final List<String> TINY =
      List.of(
          "llama",
          "llama-gqa",
          "llama3-rope",
          "llama-linear-rope",
          "llama-yarn",
          "llama-dynamic",
          "mistral-swa",
          "qwen2",
          "qwen3",
          "llama-bias");

  private Fixtures() {}

  static JsonNode json(String path) {
    return JSON.readTree(ROOT.resolve(path));
  }

  static TokenizerSource.HuggingFace tiny(String name) {
    return (TokenizerSource.HuggingFace) source(ROOT.resolve("tiny").resolve(name));
  }

  static TokenizerSource.Gguf gguf(Path file) {
    return (TokenizerSource.Gguf) source(file);
  }

  private static TokenizerSource source(Path model) {
    try (Checkpoint checkpoint = Checkpoints.open(model)) {
      return checkpoint.tokenizer();
    }
  }

  /**
   * The GGUF metadata that describes the same SentencePiece BPE as a tiny model's tokenizer.json.
   */
  static TokenizerSource.Gguf sentencePiece(String name, boolean addSpacePrefix) {
    JsonNode model = JSON.readTree(tiny(name).tokenizerJson()).path("model");
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (JsonNode merge : model.path("merges")) {
      ranks.putIfAbsent(merge.asString().replace(" ", ""), ranks.size());
    }
    String[] tokens = new String[model.path("vocab").size()];
    int[] types = new int[tokens.length];
    float[] scores = new float[tokens.length];
    model
        .path("vocab")
        .properties()
        .forEach(
            e -> {
              int id = e.getValue().asInt();
              tokens[id] = e.getKey();
              types[id] = id == 0 ? 2 : id < 3 ? 3 : Vocabulary.byteValue(e.getKey()) >= 0 ? 6 : 1;
              scores[id] = -ranks.getOrDefault(e.getKey(), 1_000_000);
            });
    return new TokenizerSource.Gguf(
        "llama",
        "default",
        tokens,
        types,
        scores,
        new String[0],
        1,
        2,
        0,
        -1,
        true,
        false,
        addSpacePrefix,
        null);
  }

  /** One tokenizer of each kind, by name. */
  static Map<String, ModelTokenizer> kinds() {
    Map<String, ModelTokenizer> kinds = new LinkedHashMap<>();
    kinds.put("SmolLM2", ModelTokenizer.of(gguf(SMOLLM2)));
    kinds.put("gguf-tiny", ModelTokenizer.of(gguf(GGUF_TINY)));
    for (String name : List.of("llama", "mistral-swa", "qwen3")) {
      kinds.put(name, ModelTokenizer.of(tiny(name)));
    }
    kinds.put("sentencepiece gguf", ModelTokenizer.of(sentencePiece("mistral-swa", true)));
    kinds.put("no prefix", ModelTokenizer.of(sentencePiece("mistral-swa", false)));
    return kinds;
  }
}
