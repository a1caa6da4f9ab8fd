package io.penstock.engine.weights;

import io.penstock.engine.core.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/** The tensors that an architecture is made of, with their shapes, under Hugging Face names. */
final class ArchitectureTensors {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String OUTPUT = "lm_head.weight";

  /** What a checkpoint's configuration says of a projection's bias. */
  enum Bias {
    /** Not there, or not to be used. */
    NONE,
    /** Used if the tensor is there. */
    IF_PRESENT,
    REQUIRED
  }

  /**
   * @param qkv bias of the q, k and v projections
   * @param output bias of the attention's output projection
   * @param mlp bias of gate, up and down
   */
  record Biases(Bias qkv, Bias output, Bias mlp) {}

  /**
   * @param shape slowest dimension first
   * @param optional whether the model may do without
   */
  record Expected(String name, long[] shape, boolean optional) {}

  private final List<Expected> all = new ArrayList<>();

  private ArchitectureTensors() {}

  static List<Expected> of(ModelConfig c, Biases biases) {
    var tensors = new ArchitectureTensors();
    tensors.matrix(EMBEDDING, c.vocabSize(), c.hiddenSize());
    for (int layer = 0; layer < c.numLayers(); layer++) {
      tensors.layer("model.layers." + layer + ".", c, biases);
    }
    tensors.vector("model.norm.weight", c.hiddenSize());
    if (!c.tieWordEmbeddings()) {
      tensors.matrix(OUTPUT, c.vocabSize(), c.hiddenSize());
    }
    return List.copyOf(tensors.all);
  }

  private void layer(String p, ModelConfig c, Biases biases) {
    int hidden = c.hiddenSize();
    vector(p + "input_layernorm.weight", hidden);
    projection(p + "self_attn.q_proj", c.queryWidth(), hidden, biases.qkv);
    projection(p + "self_attn.k_proj", c.kvWidth(), hidden, biases.qkv);
    projection(p + "self_attn.v_proj", c.kvWidth(), hidden, biases.qkv);
    projection(p + "self_attn.o_proj", hidden, c.queryWidth(), biases.output);
    if (c.qkNorm()) {
      vector(p + "self_attn.q_norm.weight", c.headDim());
      vector(p + "self_attn.k_norm.weight", c.headDim());
    }
    vector(p + "post_attention_layernorm.weight", hidden);
    projection(p + "mlp.gate_proj", c.intermediateSize(), hidden, biases.mlp);
    projection(p + "mlp.up_proj", c.intermediateSize(), hidden, biases.mlp);
    projection(p + "mlp.down_proj", hidden, c.intermediateSize(), biases.mlp);
  }

  private void projection(String name, int outputs, int inputs, Bias bias) {
    matrix(name + ".weight", outputs, inputs);
    if (bias != Bias.NONE) {
      all.add(new Expected(name + ".bias", new long[] {outputs}, bias == Bias.IF_PRESENT));
    }
  }

  private void matrix(String name, int rows, int columns) {
    all.add(new Expected(name, new long[] {rows, columns}, false));
  }

  private void vector(String name, int size) {
    all.add(new Expected(name, new long[] {size}, false));
  }
}
