package io.penstock.engine.model;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.model.TransformerWeights.Layer;
import java.util.List;

/**
 * The pre-norm decoder of Llama, Mistral, Qwen2 and Qwen3: grouped-query attention with rotary
 * positions and a SwiGLU feed-forward layer, both behind RMSNorm and added to the residual stream.
 * The families differ in options (sliding window, QK-norm, RoPE scaling) and in which biases exist;
 * the code is the same.
 *
 * <p>Activations are allocated once, for the largest batch. For the engine's thread.
 */
public final class Transformer {
  private final ModelConfig config;
  private final TransformerWeights weights;
  private final Backend backend;
  private final Rope rope;
  private final AttentionSpec attention;

  private final DeviceBuffer residual; // (tokens, hidden)
  private final DeviceBuffer hidden; // (tokens, hidden): input and output of the sub-layers
  private final DeviceBuffer qkv; // (tokens, (heads + 2 kvHeads) * headDim)
  private final DeviceBuffer attended; // (tokens, heads * headDim)
  private final DeviceBuffer gateUp; // (tokens, 2 * intermediate)
  private final DeviceBuffer activated; // (tokens, intermediate)
  private final DeviceBuffer last; // (logit rows, hidden)
  private final DeviceBuffer logits; // (logit rows, vocab)

  /**
   * @param maxTokens most tokens of a batch
   * @param maxLogitRows most rows of logits of a batch
   */
  public Transformer(
      ModelConfig config,
      TransformerWeights weights,
      Backend backend,
      int maxTokens,
      int maxLogitRows) {
    this.config = config;
    this.weights = weights;
    this.backend = backend;
    this.rope = new Rope(config.rope());
    this.attention =
        new AttentionSpec(
            config.numHeads(),
            config.numKvHeads(),
            config.headDim(),
            config.slidingWindow(),
            (float) (1 / Math.sqrt(config.headDim())));
    this.residual = backend.allocate(maxTokens, config.hiddenSize());
    this.hidden = backend.allocate(maxTokens, config.hiddenSize());
    this.qkv = backend.allocate(maxTokens, config.queryWidth() + 2 * config.kvWidth());
    this.attended = backend.allocate(maxTokens, config.queryWidth());
    this.gateUp = backend.allocate(maxTokens, 2 * config.intermediateSize());
    this.activated = backend.allocate(maxTokens, config.intermediateSize());
    this.last = backend.allocate(maxLogitRows, config.hiddenSize());
    this.logits = backend.allocate(maxLogitRows, config.vocabSize());
  }

  /** Whether a token's rotation depends on the length of its sequence (dynamic NTK scaling). */
  public boolean rotationDependsOnLength() {
    return rope.dependsOnLength();
  }

  /**
   * Computes a batch: fills the cache for its tokens.
   *
   * @return logits (logitRows, vocab), valid until the next call
   */
  public DeviceBuffer forward(BatchLayout batch, KvCache cache) {
    float eps = config.rmsNormEps();
    List<Layer> layers = weights.layers();
    backend.begin(batch, rope);
    backend.embed(weights.embedding(), residual);
    backend.rmsNorm(residual, layers.getFirst().inputNorm(), eps, hidden);
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      backend.linear(layer.qkv(), hidden, qkv);
      backend.prepareQkv(qkv, layer.qNorm(), layer.kNorm(), eps, attention, cache, i);
      backend.attention(qkv, attention, cache, i, attended);
      backend.linear(layer.output(), attended, hidden);
      backend.addRmsNorm(residual, hidden, layer.postAttentionNorm(), eps, hidden);
      backend.linear(layer.gateUp(), hidden, gateUp);
      backend.swiglu(gateUp, activated);
      backend.linear(layer.down(), activated, hidden);
      if (i + 1 < layers.size()) {
        backend.addRmsNorm(residual, hidden, layers.get(i + 1).inputNorm(), eps, hidden);
      }
    }
    if (batch.logitRows().length > 0) {
      backend.addRmsNormLogitRows(residual, hidden, weights.norm(), eps, last);
      backend.logits(weights.head(), last, logits);
    }
    return logits;
  }
}
