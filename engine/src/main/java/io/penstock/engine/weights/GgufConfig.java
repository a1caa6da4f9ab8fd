package io.penstock.engine.weights;

import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.RopeConfig.Factors;
import io.penstock.engine.core.RopeConfig.Linear;
import io.penstock.engine.core.RopeConfig.None;
import io.penstock.engine.core.RopeConfig.Scaling;
import io.penstock.engine.core.RopeConfig.Yarn;
import io.penstock.engine.core.TensorView;
import java.util.Arrays;

/** The configuration in a GGUF file's metadata: keys below the architecture's name. */
final class GgufConfig {
  private static final double DEFAULT_THETA = 10_000;

  private final GgufFile file;
  private final Fields f;
  private final Architecture architecture;

  private GgufConfig(GgufFile file) {
    this.file = file;
    this.f = new Fields(file.path(), file.metadata());
    this.architecture = architecture(f);
  }

  static ModelConfig read(GgufFile file) {
    return new GgufConfig(file).model();
  }

  private static Architecture architecture(Fields f) {
    String name = f.text("general.architecture");
    return switch (name) {
      case "llama" -> Architecture.LLAMA;
      case "qwen2" -> Architecture.QWEN2;
      case "qwen3" -> Architecture.QWEN3;
      case null, default ->
          throw f.error(
              "general.architecture",
              "unsupported architecture %s; supported: llama (also Mistral), qwen2, qwen3",
              Fields.show(name));
    };
  }

  private ModelConfig model() {
    if (f.integer("split.count", 0, Integer.MAX_VALUE, 1) > 1) {
      throw f.error("split.count", "a GGUF in several files is not supported; merge it first");
    }
    if (f.integer(key("expert_count"), 0, Integer.MAX_VALUE, 0) > 0) {
      throw f.error(
          key("expert_count"),
          "mixture-of-experts models are not supported; supported: dense llama, qwen2, qwen3");
    }
    int heads = f.integer(key("attention.head_count"), 1, Limits.MAX_HEADS);
    int hidden = f.integer(key("embedding_length"), 1, Limits.MAX_WIDTH);
    int headDim = headDim(hidden, heads);
    int context = f.integer(key("context_length"), 1, Limits.MAX_CONTEXT);
    RopeConfig rope = rope(headDim, context);
    ModelConfig config =
        new ModelConfig(
            architecture,
            vocabSize(),
            hidden,
            f.integer(key("feed_forward_length"), 1, Limits.MAX_WIDTH),
            f.integer(key("block_count"), 1, Limits.MAX_LAYERS),
            heads,
            f.integer(key("attention.head_count_kv"), 1, Limits.MAX_HEADS, heads),
            headDim,
            Limits.context(rope.scaling(), context),
            (float) f.real(key("attention.layer_norm_rms_epsilon"), 0, 1),
            rope,
            f.integer(key("attention.sliding_window"), 0, Limits.MAX_CONTEXT, 0),
            architecture == Architecture.QWEN3,
            !file.tensors().containsKey(GgufNames.stored(ArchitectureTensors.OUTPUT)));
    return Limits.check(file.path(), config);
  }

  private String key(String name) {
    return architecture.ggufName() + "." + name;
  }

  private int headDim(int hidden, int heads) {
    String key = key("attention.key_length");
    if (!f.has(key) && hidden % heads != 0) {
      throw f.error(key, "is missing, and width %d is not a multiple of %d heads", hidden, heads);
    }
    int headDim = f.integer(key, 2, Limits.MAX_HEAD_DIM, hidden / heads);
    String valueKey = key("attention.value_length");
    if (f.integer(valueKey, 2, Limits.MAX_HEAD_DIM, headDim) != headDim) {
      throw f.error(valueKey, "must be the key length %d", headDim);
    }
    return headDim;
  }

  /** Metadata need not give it: the embedding's rows do. */
  private int vocabSize() {
    String name = GgufNames.stored(ArchitectureTensors.EMBEDDING);
    StoredTensor embedding = file.tensors().get(name);
    if (embedding == null) {
      throw new ModelLoadException(file.path(), "tensor " + name + " is missing");
    }
    long[] shape = embedding.shape();
    if (shape.length != 2 || shape[0] < 1 || shape[0] > Limits.MAX_VOCAB) {
      throw new ModelLoadException(
          file.path(),
          "tensor %s: expected shape [vocabulary, width], found %s"
              .formatted(name, Arrays.toString(shape)));
    }
    return (int) shape[0];
  }

  private RopeConfig rope(int headDim, int context) {
    String dimensions = key("rope.dimension_count");
    if (f.integer(dimensions, 1, Limits.MAX_HEAD_DIM, headDim) != headDim) {
      throw f.error(dimensions, "only whole heads (%d) can be rotated", headDim);
    }
    return new RopeConfig(
        f.real(key("rope.freq_base"), 1, Limits.MAX_ROPE_THETA, DEFAULT_THETA),
        headDim,
        architecture == Architecture.LLAMA,
        scaling(headDim, context));
  }

  private Scaling scaling(int headDim, int context) {
    StoredTensor factors = file.tensors().get(GgufNames.ROPE_FACTORS);
    if (factors != null) {
      return factors(factors, headDim);
    }
    String typeKey = key("rope.scaling.type");
    String legacy = key("rope.scale_linear");
    String type = f.text(typeKey);
    if (type == null && f.has(legacy)) {
      return new Linear(f.real(legacy, 1, Limits.MAX_FACTOR));
    }
    return switch (type == null ? "none" : type) {
      case "none" -> new None();
      case "linear" -> new Linear(factor());
      case "yarn" -> yarn(context);
      default ->
          throw f.error(
              typeKey, "unsupported %s; supported: none, linear, yarn", Fields.show(type));
    };
  }

  private double factor() {
    return f.real(key("rope.scaling.factor"), 1, Limits.MAX_FACTOR);
  }

  private Yarn yarn(int context) {
    double factor = factor();
    // llama.cpp multiplies this into the paper's factor instead of replacing it.
    double attention = f.real(key("rope.scaling.attn_factor"), 1e-6, Limits.MAX_FACTOR, 1);
    return new Yarn(
        factor,
        f.integer(key("rope.scaling.original_context_length"), 1, Limits.MAX_CONTEXT, context),
        f.real(key("rope.scaling.yarn_beta_fast"), 1e-3, Limits.MAX_FACTOR, 32),
        f.real(key("rope.scaling.yarn_beta_slow"), 1e-3, Limits.MAX_FACTOR, 1),
        attention == 1 ? 0 : attention * (0.1 * Math.log(factor) + 1),
        true);
  }

  private static Factors factors(StoredTensor stored, int headDim) {
    TensorView view = stored.view(stored.name(), new long[] {headDim / 2});
    float[] divisors = Dequantizer.row(view, 0);
    for (float divisor : divisors) {
      if (!(divisor > 0) || Float.isInfinite(divisor)) {
        throw new ModelLoadException(
            stored.file(), "tensor " + stored.name() + ": " + divisor + " is not a divisor");
      }
    }
    return new Factors(divisors);
  }
}
