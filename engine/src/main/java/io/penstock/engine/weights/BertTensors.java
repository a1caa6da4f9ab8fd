package io.penstock.engine.weights;

import io.penstock.engine.core.EncoderConfig;
import io.penstock.engine.weights.ArchitectureTensors.Expected;
import java.util.ArrayList;
import java.util.List;

/** The tensors of Hugging Face's {@code BertModel} that an embedding needs, with their shapes. */
final class BertTensors {
  static final String WORDS = "embeddings.word_embeddings.weight";

  private final List<Expected> all = new ArrayList<>();

  private BertTensors() {}

  static List<Expected> of(EncoderConfig c) {
    BertTensors tensors = new BertTensors();
    int hidden = c.hiddenSize();
    tensors.matrix(WORDS, c.vocabSize(), hidden);
    tensors.matrix("embeddings.position_embeddings.weight", c.maxPositions(), hidden);
    tensors.matrix("embeddings.token_type_embeddings.weight", c.tokenTypes(), hidden);
    tensors.norm("embeddings.LayerNorm", hidden);
    for (int i = 0; i < c.numLayers(); i++) {
      String layer = "encoder.layer." + i + ".";
      tensors.linear(layer + "attention.self.query", hidden, hidden);
      tensors.linear(layer + "attention.self.key", hidden, hidden);
      tensors.linear(layer + "attention.self.value", hidden, hidden);
      tensors.linear(layer + "attention.output.dense", hidden, hidden);
      tensors.norm(layer + "attention.output.LayerNorm", hidden);
      tensors.linear(layer + "intermediate.dense", c.intermediateSize(), hidden);
      tensors.linear(layer + "output.dense", hidden, c.intermediateSize());
      tensors.norm(layer + "output.LayerNorm", hidden);
    }
    return List.copyOf(tensors.all);
  }

  /** What checkpoints converted from TensorFlow call a norm's tensors. */
  static String oldName(String name) {
    return name.replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta");
  }

  private void linear(String name, int outputs, int inputs) {
    matrix(name + ".weight", outputs, inputs);
    vector(name + ".bias", outputs);
  }

  private void norm(String name, int size) {
    vector(name + ".weight", size);
    vector(name + ".bias", size);
  }

  private void matrix(String name, int rows, int columns) {
    all.add(new Expected(name, new long[] {rows, columns}, false));
  }

  private void vector(String name, int size) {
    all.add(new Expected(name, new long[] {size}, false));
  }
}
