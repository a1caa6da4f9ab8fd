package io.penstock.bench.model;

import io.penstock.bench.model.TensorPlan.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The outline of a model whose weights do not matter.
 *
 * @param name for a person, and part of file names
 * @param architecture Hugging Face's class name
 * @param dtype {@code BF16} or {@code F16}, as safetensors spells it
 * @param kvHeads key and value heads
 * @param ffn width of the feed-forward layer
 * @param bias whether q, k and v have biases
 * @param options further keys of config.json, such as {@code rope_scaling}
 */
public record ModelShape(
    String name,
    String architecture,
    String dtype,
    int vocab,
    int hidden,
    int ffn,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int maxPositions,
    boolean bias,
    boolean tied,
    Map<String, Object> options) {

  /** Llama-3.1-8B: 8.03 billion weights, 16.06 GB; config.json as Meta published it. */
  public static final ModelShape LLAMA_8B =
      new ModelShape(
          "llama-3.1-8b-shape",
          "LlamaForCausalLM",
          "BF16",
          128_256,
          4096,
          14_336,
          32,
          32,
          8,
          128,
          131_072,
          false,
          false,
          Map.of(
              "rope_theta",
              500_000.0,
              "rope_scaling",
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
                  8192)));

  /** Small enough to try the benchmarks themselves on a CPU. */
  public static final ModelShape TINY =
      new ModelShape(
          "tiny-shape",
          "LlamaForCausalLM",
          "BF16",
          1_000,
          64,
          160,
          2,
          4,
          2,
          16,
          16_384,
          false,
          false,
          Map.of("rope_theta", 500_000.0));

  private static final Map<String, String> MODEL_TYPES =
      Map.of(
          "LlamaForCausalLM",
          "llama",
          "MistralForCausalLM",
          "mistral",
          "Qwen2ForCausalLM",
          "qwen2",
          "Qwen3ForCausalLM",
          "qwen3");

  /** config.json. */
  Map<String, Object> config() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architectures", List.of(architecture));
    config.put("model_type", MODEL_TYPES.get(architecture));
    config.put("torch_dtype", dtype.equals("BF16") ? "bfloat16" : "float16");
    config.put("vocab_size", vocab);
    config.put("hidden_size", hidden);
    config.put("intermediate_size", ffn);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", heads);
    config.put("num_key_value_heads", kvHeads);
    config.put("head_dim", headDim);
    config.put("max_position_embeddings", maxPositions);
    config.put("hidden_act", "silu");
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10_000.0);
    config.put("tie_word_embeddings", tied);
    config.put("bos_token_id", vocab - 2);
    config.put("eos_token_id", vocab - 1);
    if (architecture.equals("LlamaForCausalLM")) {
      config.put("attention_bias", bias);
    }
    config.putAll(options);
    return config;
  }

  /** All tensors, by file: the embedding, groups of layers, and the head. */
  List<List<TensorPlan>> shards() {
    List<List<TensorPlan>> shards = new ArrayList<>();
    List<TensorPlan> shard = new ArrayList<>();
    shard.add(new TensorPlan("model.embed_tokens.weight", vocab, hidden, Kind.EMBEDDING));
    shards.add(shard);
    for (int layer = 0; layer < layers; layer++) {
      if (layer % 8 == 0) {
        shard = new ArrayList<>();
        shards.add(shard);
      }
      addLayer(shard, "model.layers." + layer + ".");
    }
    shard = new ArrayList<>();
    shard.add(new TensorPlan("model.norm.weight", 0, hidden, Kind.NORM));
    if (!tied) {
      shard.add(new TensorPlan("lm_head.weight", vocab, hidden, Kind.HEAD));
    }
    shards.add(shard);
    return shards;
  }

  private void addLayer(List<TensorPlan> tensors, String prefix) {
    String attention = prefix + "self_attn.";
    String mlp = prefix + "mlp.";
    tensors.add(new TensorPlan(prefix + "input_layernorm.weight", 0, hidden, Kind.NORM));
    addProjection(tensors, attention + "q_proj", heads * headDim, hidden, bias);
    addProjection(tensors, attention + "k_proj", kvHeads * headDim, hidden, bias);
    addProjection(tensors, attention + "v_proj", kvHeads * headDim, hidden, bias);
    boolean outputBias = bias && architecture.equals("LlamaForCausalLM");
    addProjection(tensors, attention + "o_proj", hidden, heads * headDim, outputBias);
    if (architecture.equals("Qwen3ForCausalLM")) {
      tensors.add(new TensorPlan(attention + "q_norm.weight", 0, headDim, Kind.NORM));
      tensors.add(new TensorPlan(attention + "k_norm.weight", 0, headDim, Kind.NORM));
    }
    tensors.add(new TensorPlan(prefix + "post_attention_layernorm.weight", 0, hidden, Kind.NORM));
    addProjection(tensors, mlp + "gate_proj", ffn, hidden, false);
    addProjection(tensors, mlp + "up_proj", ffn, hidden, false);
    addProjection(tensors, mlp + "down_proj", hidden, ffn, false);
  }

  private static void addProjection(
      List<TensorPlan> tensors, String name, int outputs, int inputs, boolean bias) {
    tensors.add(new TensorPlan(name + ".weight", outputs, inputs, Kind.MATRIX));
    if (bias) {
      tensors.add(new TensorPlan(name + ".bias", 0, outputs, Kind.BIAS));
    }
  }
}
