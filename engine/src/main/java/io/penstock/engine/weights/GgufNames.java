package io.penstock.engine.weights;

import java.util.Map;

/** GGUF's names of the tensors that Hugging Face calls otherwise (gguf-py, tensor_mapping.py). */
final class GgufNames {
  /** Frequency divisors of Llama 3.1, which are configuration rather than a weight. */
  static final String ROPE_FACTORS = "rope_freqs.weight";

  private static final String LAYERS = "model.layers.";
  private static final Map<String, String> WHOLE_MODEL =
      Map.of(
          "model.embed_tokens", "token_embd",
          "model.norm", "output_norm",
          "lm_head", "output");
  private static final Map<String, String> LAYER =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"));

  private GgufNames() {}

  /** {@code model.layers.3.mlp.up_proj.weight} to {@code blk.3.ffn_up.weight}. */
  static String stored(String canonical) {
    int suffix = canonical.lastIndexOf('.');
    String stem = canonical.substring(0, Math.max(suffix, 0));
    if (WHOLE_MODEL.containsKey(stem)) {
      return WHOLE_MODEL.get(stem) + canonical.substring(suffix);
    }
    int layerEnd = canonical.indexOf('.', LAYERS.length());
    if (!canonical.startsWith(LAYERS) || layerEnd < 0 || layerEnd >= suffix) {
      return canonical;
    }
    String layer = canonical.substring(LAYERS.length(), layerEnd);
    String part = LAYER.get(canonical.substring(layerEnd + 1, suffix));
    return part == null ? canonical : "blk." + layer + "." + part + canonical.substring(suffix);
  }
}
