package io.penstock.engine.model;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.EmbeddingOperations.LayerNorm;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.core.EncoderConfig;
import io.penstock.engine.weights.EncoderCheckpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Weights of an encoder on a backend, under the names of Hugging Face's {@code BertModel}.
 *
 * @param words (vocab, hidden)
 * @param positions (positions, hidden)
 * @param types (token types, hidden)
 */
public record EncoderWeights(
    Matrix words, Matrix positions, Matrix types, LayerNorm norm, List<Layer> layers) {

  /**
   * One block.
   *
   * @param qkv (3 * hidden, hidden)
   * @param output (hidden, hidden)
   * @param up (intermediate, hidden)
   * @param down (hidden, intermediate)
   */
  record Layer(
      Matrix qkv,
      Matrix output,
      LayerNorm attentionNorm,
      Matrix up,
      Matrix down,
      LayerNorm outputNorm) {}

  /**
   * Loads all weights; the checkpoint may be closed afterwards.
   *
   * @param progress told the bytes loaded so far
   */
  public static EncoderWeights load(
      Backend backend, EncoderCheckpoint checkpoint, LongConsumer progress) {
    EncoderConfig config = checkpoint.config();
    WeightLoader loader = new WeightLoader(backend, checkpoint, progress);
    int hidden = config.hiddenSize();
    String embeddings = "embeddings.";
    Matrix words = loader.matrix(embeddings + "word_embeddings.weight", config.vocabSize(), hidden);
    Matrix positions =
        loader.matrix(embeddings + "position_embeddings.weight", config.maxPositions(), hidden);
    Matrix types =
        loader.matrix(embeddings + "token_type_embeddings.weight", config.tokenTypes(), hidden);
    LayerNorm norm = norm(loader, config, embeddings + "LayerNorm");
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.numLayers(); i++) {
      layers.add(layer(loader, config, "encoder.layer." + i + "."));
    }
    loader.finish();
    return new EncoderWeights(words, positions, types, norm, List.copyOf(layers));
  }

  private static Layer layer(WeightLoader loader, EncoderConfig config, String prefix) {
    int hidden = config.hiddenSize();
    String self = prefix + "attention.self.";
    return new Layer(
        loader.linear(
            List.of(self + "query", self + "key", self + "value"),
            new int[] {hidden, hidden, hidden},
            hidden),
        loader.linear(List.of(prefix + "attention.output.dense"), new int[] {hidden}, hidden),
        norm(loader, config, prefix + "attention.output.LayerNorm"),
        loader.linear(
            List.of(prefix + "intermediate.dense"), new int[] {config.intermediateSize()}, hidden),
        loader.linear(
            List.of(prefix + "output.dense"), new int[] {hidden}, config.intermediateSize()),
        norm(loader, config, prefix + "output.LayerNorm"));
  }

  private static LayerNorm norm(WeightLoader loader, EncoderConfig config, String name) {
    return new LayerNorm(
        loader.vector(name + ".weight", config.hiddenSize()),
        loader.vector(name + ".bias", config.hiddenSize()),
        config.layerNormEps());
  }
}
