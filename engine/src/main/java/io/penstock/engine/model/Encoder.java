package io.penstock.engine.model;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.EmbeddingOperations;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.EncoderConfig;
import io.penstock.engine.core.RopeConfig;

/**
 * The post-norm encoder of BERT (arXiv 1810.04805): learned positions, attention in both
 * directions, a GELU feed-forward layer, and LayerNorm behind each of the two.
 *
 * <p>Every sequence of a batch must be whole. Keys and values stand in a cache of one layer, which
 * each layer writes anew: so batches of many lengths need no padding and no mask.
 *
 * <p>Activations are allocated once, for the largest batch. For the engine's thread.
 */
public final class Encoder {
  private static final int ONLY_LAYER = 0;

  private final EncoderConfig config;
  private final EncoderWeights weights;
  private final Backend backend;
  private final EmbeddingOperations operations;
  private final AttentionSpec attention;
  private final Rope unrotated = new Rope(new RopeConfig(1, 0, false, new RopeConfig.None()));

  private final DeviceBuffer states; // (tokens, hidden)
  private final DeviceBuffer qkv; // (tokens, 3 * hidden)
  private final DeviceBuffer attended; // (tokens, hidden)
  private final DeviceBuffer activated; // (tokens, intermediate)

  /**
   * @param backend one that has {@link Backend#embeddings}
   * @param maxTokens most tokens of a batch
   */
  public Encoder(EncoderConfig config, EncoderWeights weights, Backend backend, int maxTokens) {
    this.config = config;
    this.weights = weights;
    this.backend = backend;
    this.operations = backend.embeddings().orElseThrow();
    this.attention = AttentionSpec.bidirectional(config.numHeads(), config.headDim());
    this.states = backend.allocate(maxTokens, config.hiddenSize());
    this.qkv = backend.allocate(maxTokens, 3 * config.hiddenSize());
    this.attended = backend.allocate(maxTokens, config.hiddenSize());
    this.activated = backend.allocate(maxTokens, config.intermediateSize());
  }

  /**
   * Computes a batch of whole sequences.
   *
   * @param cache of one layer
   * @return final hidden states (tokens, hidden) of all tokens, valid until the next call
   */
  public DeviceBuffer forward(BatchLayout batch, KvCache cache) {
    backend.step(batch, unrotated, () -> compute(cache));
    return states;
  }

  private void compute(KvCache cache) {
    operations.embed(weights.words(), weights.positions(), weights.types(), weights.norm(), states);
    for (EncoderWeights.Layer layer : weights.layers()) {
      operations.linear(states, layer.qkv(), qkv);
      backend.attend(qkv, null, null, 0, attention, cache, ONLY_LAYER, attended);
      operations.linearAddNorm(attended, layer.output(), layer.attentionNorm(), states);
      operations.linearGelu(states, layer.up(), activated);
      operations.linearAddNorm(activated, layer.down(), layer.outputNorm(), states);
    }
  }

  public EncoderConfig config() {
    return config;
  }
}
