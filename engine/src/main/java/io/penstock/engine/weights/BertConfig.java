package io.penstock.engine.weights;

import io.penstock.engine.core.EncoderConfig;
import java.util.List;
import java.util.Set;

/**
 * {@code config.json} of a BERT, with the defaults of transformers' {@code BertConfig}. Whatever
 * would change the computation and is not implemented is refused here.
 */
final class BertConfig {
  static final String MODEL_TYPE = "bert";
  private static final String WITH_HEAD = "bert.";

  private BertConfig() {}

  /** Whether a configuration is of this family. */
  static boolean describes(Fields f) {
    return MODEL_TYPE.equals(f.raw("model_type"))
        || f.raw("architectures") instanceof List<?> names
            && names.stream().anyMatch(name -> String.valueOf(name).matches("Bert[A-Z]\\w*"));
  }

  /**
   * @param stored names of the tensors in the files
   */
  static EncoderConfig read(Fields f, Set<String> stored) {
    refuseUnsupported(f);
    int hidden = f.integer("hidden_size", 1, Limits.MAX_WIDTH, 768);
    int heads = f.integer("num_attention_heads", 1, Limits.MAX_HEADS, 12);
    if (hidden % heads != 0) {
      throw f.error("num_attention_heads", "%d heads do not divide hidden_size %d", heads, hidden);
    }
    return new EncoderConfig(
        f.raw("architectures") instanceof List<?> names && !names.isEmpty()
            ? String.valueOf(names.getFirst())
            : "BertModel",
        stored.contains(WITH_HEAD + BertTensors.WORDS) ? WITH_HEAD : "",
        f.integer("vocab_size", 1, Limits.MAX_VOCAB, 30522),
        hidden,
        f.integer("intermediate_size", 1, Limits.MAX_WIDTH, 3072),
        f.integer("num_hidden_layers", 1, Limits.MAX_LAYERS, 12),
        heads,
        f.integer("max_position_embeddings", 1, Limits.MAX_CONTEXT, 512),
        f.integer("type_vocab_size", 1, Limits.MAX_VOCAB, 2),
        (float) f.real("layer_norm_eps", 0, 1, 1e-12));
  }

  private static void refuseUnsupported(Fields f) {
    require(f, "hidden_act", "gelu");
    require(f, "position_embedding_type", "absolute");
    if (f.flag("is_decoder", false)) {
      throw f.error("is_decoder", "a BERT that decodes is not supported");
    }
  }

  private static void require(Fields f, String key, String supported) {
    String value = f.text(key);
    if (value != null && !value.equals(supported)) {
      throw f.error(key, "unsupported: %s; supported: %s", Fields.show(value), supported);
    }
  }
}
