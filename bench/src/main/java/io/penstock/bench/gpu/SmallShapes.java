package io.penstock.bench.gpu;

import io.penstock.bench.model.ModelShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One small model for each architecture and option, of sizes that the kernels see in real ones:
 * heads of 64 and 128, groups from 1 to 8 query heads, both 16-bit types.
 */
final class SmallShapes {
  static final ModelShape GROUPED =
      llama("llama-gqa", "BF16", 512, 8, 2, 64, Map.of("rope_theta", 500_000.0));

  static final ModelShape WINDOWED =
      new ModelShape(
          "mistral-window",
          "MistralForCausalLM",
          "BF16",
          1500,
          512,
          1408,
          3,
          8,
          2,
          64,
          4096,
          false,
          false,
          Map.of("sliding_window", 100, "rope_theta", 10_000.0));

  static final List<ModelShape> ALL =
      List.of(
          GROUPED,
          WINDOWED,
          llama("llama-bias", "F16", 256, 4, 4, 64, Map.of("mlp_bias", false)),
          llama("llama-d128", "BF16", 512, 8, 1, 128, Map.of()),
          llama(
              "llama-rope3",
              "BF16",
              512,
              4,
              1,
              128,
              rope(
                  "llama3",
                  "factor",
                  8.0,
                  "low_freq_factor",
                  1.0,
                  "high_freq_factor",
                  4.0,
                  "original_max_position_embeddings",
                  64)),
          llama("llama-linear", "F16", 256, 4, 2, 64, rope("linear", "factor", 4.0)),
          llama(
              "llama-yarn",
              "BF16",
              256,
              4,
              2,
              64,
              rope("yarn", "factor", 4.0, "original_max_position_embeddings", 64)),
          llama("llama-dynamic", "BF16", 256, 4, 2, 64, dynamic()),
          qwen("qwen2-bias", "Qwen2ForCausalLM", 128, true, false),
          qwen("qwen3-norm", "Qwen3ForCausalLM", 128, false, true));

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
        1500,
        hidden,
        hidden * 11 / 4,
        3,
        heads,
        kvHeads,
        headDim,
        4096,
        options.containsKey("mlp_bias"),
        false,
        options);
  }

  private static ModelShape qwen(
      String name, String architecture, int headDim, boolean bias, boolean tied) {
    return new ModelShape(
        name,
        architecture,
        "BF16",
        1500,
        512,
        1408,
        3,
        4,
        2,
        headDim,
        4096,
        bias,
        tied,
        Map.of("rope_theta", 1_000_000.0));
  }

  private static Map<String, Object> dynamic() {
    return Map.of(
        "max_position_embeddings",
        64,
        "rope_scaling",
        Map.of("rope_type", "dynamic", "factor", 16.0));
  }

  private static Map<String, Object> rope(String type, Object... keys) {
    Map<String, Object> scaling = new LinkedHashMap<>();
    scaling.put("rope_type", type);
    for (int i = 0; i < keys.length; i += 2) {
      scaling.put((String) keys[i], keys[i + 1]);
    }
    return Map.of("rope_scaling", scaling);
  }
}
