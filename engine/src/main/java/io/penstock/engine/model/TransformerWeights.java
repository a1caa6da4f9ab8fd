package io.penstock.engine.model;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.weights.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Weights of a decoder-only transformer on a backend, under the names of Hugging Face's {@code
 * LlamaForCausalLM} and its relatives.
 *
 * @param embedding (vocab, hidden)
 * @param norm (1, hidden)
 * @param head (vocab, hidden); the embedding itself when they are tied
 */
public record TransformerWeights(
    Matrix embedding, List<Layer> layers, DeviceBuffer norm, Matrix head) {

  /**
   * One decoder block.
   *
   * @param qkv ((heads + 2 kvHeads) * headDim, hidden)
   * @param qNorm (1, headDim), or null without QK-norm
   * @param kNorm (1, headDim), or null without QK-norm
   * @param output (hidden, heads * headDim)
   * @param gateUp (2 * intermediate, hidden)
   * @param down (hidden, intermediate)
   */
  record Layer(
      DeviceBuffer inputNorm,
      Matrix qkv,
      DeviceBuffer qNorm,
      DeviceBuffer kNorm,
      Matrix output,
      DeviceBuffer postAttentionNorm,
      Matrix gateUp,
      Matrix down) {}

  /**
   * Loads all weights; the checkpoint may be closed afterwards.
   *
   * @param progress told the bytes loaded so far
   * @throws io.penstock.engine.core.ModelLoadException for a missing tensor or a wrong shape
   */
  public static TransformerWeights load(
      Backend backend, Checkpoint checkpoint, LongConsumer progress) {
    ModelConfig config = checkpoint.config();
    WeightLoader loader = new WeightLoader(backend, checkpoint, progress);
    int vocab = config.vocabSize();
    int hidden = config.hiddenSize();
    Matrix embedding = loader.matrix("model.embed_tokens.weight", vocab, hidden);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.numLayers(); i++) {
      layers.add(layer(loader, config, "model.layers." + i + "."));
    }
    DeviceBuffer norm = loader.vector("model.norm.weight", hidden);
    Matrix head =
        config.tieWordEmbeddings() ? embedding : loader.matrix("lm_head.weight", vocab, hidden);
    loader.finish();
    return new TransformerWeights(embedding, List.copyOf(layers), norm, head);
  }

  private static Layer layer(WeightLoader loader, ModelConfig config, String prefix) {
    int hidden = config.hiddenSize();
    int ffn = config.intermediateSize();
    int queries = config.queryWidth();
    int kv = config.kvWidth();
    String attention = prefix + "self_attn.";
    String mlp = prefix + "mlp.";
    return new Layer(
        loader.vector(prefix + "input_layernorm.weight", hidden),
        loader.rotatedLinear(
            List.of(attention + "q_proj", attention + "k_proj", attention + "v_proj"),
            new int[] {queries, kv, kv},
            hidden,
            config),
        config.qkNorm() ? loader.vector(attention + "q_norm.weight", config.headDim()) : null,
        config.qkNorm() ? loader.vector(attention + "k_norm.weight", config.headDim()) : null,
        loader.linear(List.of(attention + "o_proj"), new int[] {hidden}, queries),
        loader.vector(prefix + "post_attention_layernorm.weight", hidden),
        loader.linear(List.of(mlp + "gate_proj", mlp + "up_proj"), new int[] {ffn, ffn}, hidden),
        loader.linear(List.of(mlp + "down_proj"), new int[] {hidden}, ffn));
  }
}
