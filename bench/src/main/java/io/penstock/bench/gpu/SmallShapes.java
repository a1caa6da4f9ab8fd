package io.penstock.bench.gpu;

import io.penstock.bench.model.ModelShape;
import java.util.List;
import java.util.Map;

/**
 * One small model for each architecture and option, of sizes that the kernels see in real ones:
 * heads of 64 and 128, groups from 1 to 8 query heads, both 16-bit types. Where RoPE is stretched,
 * the context is the stretched one, as transformers expects.
 */
final class SmallShapes {
  private static final int VOCAB = 1500;
  private static final int LAYERS = 3;
  private static final int CONTEXT = 1024;

  static final ModelShape GROUPED =
      llama("llama-gqa", "BF16", 512, 8, 2, 64, Map.of("rope_theta", 500_000.0));

  static final ModelShape WINDOWED =
      new ModelShape(
          "mistral-window",
          "MistralForCausalLM",
          "BF16",
          VOCAB,
          512,
          1408,
          LAYERS,
          8,
          2,
          64,
          CONTEXT,
          false,
          false,
          Map.of("sliding_window", 100));

  static final List<ModelShape> ALL =
      List.of(
          GROUPED,
          WINDOWED,
          llama("llama-bias", "F16", 256, 4, 4, 64, Map.of("attention_bias", true)),
          llama("llama-d128", "BF16", 512, 8, 1, 128, Map.of()),
          llama(
              "llama-rope3",
              "BF16",
              512,
              4,
              1,
              128,
              scaling(
                  Map.of(
                      "rope_type",
                      "llama3",
                      "factor",
                      8.0,
                      "low_freq_factor",
                      1.0,
                      "high_freq_factor",
                      4.0,
                      "original_max_position_embeddings",
                      CONTEXT / 8))),
          llama(
              "llama-linear",
              "F16",
              256,
              4,
              2,
              64,
              scaling(Map.of("rope_type", "linear", "factor", 4.0))),
          llama(
              "llama-yarn",
              "BF16",
              256,
              4,
              2,
              64,
              scaling(
                  Map.of(
                      "rope_type",
                      "yarn",
                      "factor",
                      4.0,
                      "original_max_position_embeddings",
                      CONTEXT / 4))),
          llama(
              "llama-dynamic",
              "BF16",
              256,
              4,
              2,
              64,
              Map.of(
                  "max_position_embeddings",
                  CONTEXT / 16,
                  "rope_scaling",
                  Map.of("rope_type", "dynamic", "factor", 16.0))),
          qwen("qwen2-bias", "Qwen2ForCausalLM", true, false),
          qwen("qwen3-norm", "Qwen3ForCausalLM", false, true));

  private SmallShapes() {}

  private static ModelShape llama(
      String name,
      String dtype,
      int hidden,
      int heads,
      int kvHeads,
      int headDim,
      Map<String, Object> options) {
    return new ModelShape(
        name,
        "LlamaForCausalLM",
        dtype,
        VOCAB,
        hidden,
        hidden * 11 / 4,
        LAYERS,
        heads,
        kvHeads,
        headDim,
        CONTEXT,
        options.containsKey("attention_bias"),
        false,
        options);
  }

  private static ModelShape qwen(String name, String architecture, boolean bias, boolean tied) {
    return new ModelShape(
        name,
        architecture,
        "BF16",
        VOCAB,
        512,
        1408,
        LAYERS,
        4,
        2,
        128,
        CONTEXT,
        bias,
        tied,
        Map.of("rope_theta", 1_000_000.0));
  }

  private static Map<String, Object> scaling(Map<String, Object> scaling) {
    return Map.of("rope_scaling", scaling);
  }
}
