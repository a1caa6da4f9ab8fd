package io.penstock.engine.weights;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.weights.ArchitectureTensors.Bias;
import io.penstock.engine.weights.ArchitectureTensors.Biases;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * {@code config.json}, with the defaults that transformers' configuration classes give to missing
 * keys. Whatever would change the computation and is not implemented is refused here.
 *
 * @param headless whether it was saved without its output matrix, as models that embed are
 */
record HuggingFaceConfig(ModelConfig model, Biases biases, boolean headless) {
  /** MistralConfig's value for a missing key; a null means none. */
  private static final int MISTRAL_SLIDING_WINDOW = 4096;

  /** Qwen3Config's value for a missing key. */
  private static final int QWEN3_HEAD_DIM = 128;

  /** Qwen2Config's and Qwen3Config's value for a missing key. */
  private static final int QWEN_MAX_WINDOW_LAYERS = 28;

  private static final List<String> EXPERT_KEYS =
      List.of("num_local_experts", "num_experts", "n_routed_experts");

  static HuggingFaceConfig read(Fields f) {
    Architecture architecture = architecture(f);
    boolean headless =
        f.raw("architectures") instanceof List<?> names
            && !names.isEmpty()
            && headless(architecture).equals(names.getFirst());
    refuseUnsupported(f);
    int hidden = f.integer("hidden_size", 1, Limits.MAX_WIDTH);
    int heads = f.integer("num_attention_heads", 1, Limits.MAX_HEADS);
    int layers = f.integer("num_hidden_layers", 1, Limits.MAX_LAYERS);
    int maxPositions = f.integer("max_position_embeddings", 1, Limits.MAX_CONTEXT);
    int headDim = headDim(f, architecture, hidden, heads);
    RopeConfig rope = HuggingFaceRope.read(f, headDim, maxPositions);
    ModelConfig model =
        new ModelConfig(
            architecture,
            f.integer("vocab_size", 1, Limits.MAX_VOCAB),
            hidden,
            f.integer("intermediate_size", 1, Limits.MAX_WIDTH),
            layers,
            heads,
            f.integer("num_key_value_heads", 1, Limits.MAX_HEADS, heads),
            headDim,
            Limits.context(rope.scaling(), maxPositions),
            (float) f.real("rms_norm_eps", 0, 1, 1e-6),
            rope,
            slidingWindow(f, architecture, layers),
            architecture == Architecture.QWEN3,
            headless || f.flag("tie_word_embeddings", false));
    return new HuggingFaceConfig(Limits.check(f.file(), model), biases(f, architecture), headless);
  }

  private static Architecture architecture(Fields f) {
    Object names = f.raw("architectures");
    boolean listed = names instanceof List<?> list && !list.isEmpty();
    String key = listed ? "architectures" : "model_type";
    Object name = listed ? ((List<?>) names).getFirst() : f.raw(key);
    return Arrays.stream(Architecture.values())
        .filter(
            a ->
                listed
                    ? a.huggingFaceName().equals(name) || headless(a).equals(name)
                    : a.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                f.error(
                    key,
                    "unsupported architecture %s; supported: %s",
                    Fields.show(name),
                    Limits.supportedArchitectures()));
  }

  /** Transformers' class without the output matrix, such as {@code Qwen3Model}. */
  private static String headless(Architecture architecture) {
    return architecture.huggingFaceName().replace("ForCausalLM", "Model");
  }

  private static void refuseUnsupported(Fields f) {
    Fields quantization = f.object("quantization_config");
    if (quantization != null) {
      throw f.error(
          "quantization_config",
          "unsupported quantization %s; supported: safetensors in F32, F16 or BF16, or a GGUF"
              + " file in %s",
          Fields.show(quantization.raw("quant_method")),
          StoredTensor.supportedTypes());
    }
    for (String key : EXPERT_KEYS) {
      if (f.integer(key, 0, Integer.MAX_VALUE, 0) > 1) {
        throw f.error(
            key,
            "mixture-of-experts models are not supported; supported: dense %s",
            Limits.supportedArchitectures());
      }
    }
    String activation = f.text("hidden_act");
    if (activation != null && !activation.equals("silu")) {
      throw f.error(
          "hidden_act", "unsupported activation %s; supported: silu", Fields.show(activation));
    }
  }

  private static int headDim(Fields f, Architecture architecture, int hidden, int heads) {
    if (f.has("head_dim")) {
      return f.integer("head_dim", 2, Limits.MAX_HEAD_DIM);
    }
    if (architecture == Architecture.QWEN3 && !f.mentions("head_dim")) {
      return QWEN3_HEAD_DIM;
    }
    if (hidden % heads != 0 || hidden / heads > Limits.MAX_HEAD_DIM) {
      throw f.error(
          "head_dim",
          "is missing, and hidden_size %d is not a multiple of %d heads",
          hidden,
          heads);
    }
    return hidden / heads;
  }

  private static int slidingWindow(Fields f, Architecture architecture, int layers) {
    return switch (architecture) {
      case LLAMA -> 0;
      case MISTRAL ->
          f.mentions("sliding_window")
              ? f.integer("sliding_window", 1, Limits.MAX_CONTEXT, 0)
              : MISTRAL_SLIDING_WINDOW;
      case QWEN2, QWEN3 -> qwenSlidingWindow(f, layers);
    };
  }

  /** Qwen's window is off unless {@code use_sliding_window}, and then on for the upper layers. */
  private static int qwenSlidingWindow(Fields f, int layers) {
    if (!f.flag("use_sliding_window", false) || !f.has("sliding_window")) {
      return 0;
    }
    int window = f.integer("sliding_window", 1, Limits.MAX_CONTEXT);
    long full =
        f.raw("layer_types") instanceof List<?> types
            ? types.stream().limit(layers).filter("full_attention"::equals).count()
            : Math.min(
                layers,
                f.integer("max_window_layers", 0, Limits.MAX_LAYERS, QWEN_MAX_WINDOW_LAYERS));
    if (full > 0 && full < layers) {
      throw f.error(
          "use_sliding_window",
          "a sliding window in %d of %d layers is not supported; supported: in all or in none",
          layers - full,
          layers);
    }
    return full == 0 ? window : 0;
  }

  private static Biases biases(Fields f, Architecture architecture) {
    Bias attention = f.flag("attention_bias", false) ? Bias.REQUIRED : Bias.NONE;
    Bias mlp = f.flag("mlp_bias", false) ? Bias.REQUIRED : Bias.NONE;
    return switch (architecture) {
      case LLAMA -> new Biases(attention, attention, mlp);
      case MISTRAL -> new Biases(Bias.NONE, Bias.NONE, Bias.NONE);
      case QWEN2 -> new Biases(Bias.REQUIRED, Bias.NONE, Bias.NONE);
      case QWEN3 -> new Biases(attention, attention, Bias.NONE);
    };
  }
}
