package io.penstock.engine.model;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.ResidualStream;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.model.TransformerWeights.Layer;

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

  private final ResidualStream residual; // (tokens, hidden)
  private final DeviceBuffer qkv; // (tokens, (heads + 2 kvHeads) * headDim)
  private final DeviceBuffer attended; // (tokens, heads * headDim)
  private final DeviceBuffer activated; // (tokens, intermediate)
  private final DeviceBuffer logits; // (logit rows, vocab)
  private final DeviceBuffer states; // (tokens, hidden); null where the backend does not embed

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
    this.residual = backend.allocateResidual(maxTokens, config.hiddenSize());
    this.qkv = backend.allocate(maxTokens, config.queryWidth() + 2 * config.kvWidth());
    this.attended = backend.allocate(maxTokens, config.queryWidth());
    this.activated = backend.allocate(maxTokens, config.intermediateSize());
    this.logits = backend.allocateLogits(maxLogitRows, config.vocabSize());
    this.states =
        backend.embeddings().isPresent() ? backend.allocate(maxTokens, config.hiddenSize()) : null;
  }

  /** Whether a token's rotation depends on the length of its sequence (dynamic NTK scaling). */
  public boolean rotationDependsOnLength() {
    return rope.dependsOnLength();
  }

  /**
   * Final hidden states (stateRows, hidden) of the last batch, behind the last norm; null where the
   * backend does not embed.
   */
  public DeviceBuffer states() {
    return states;
  }

  /**
   * Computes a batch: fills the cache for its tokens.
   *
   * @return logits (logitRows, vocab), valid until the next call
   */
  public DeviceBuffer forward(BatchLayout batch, KvCache cache) {
    boolean logitsWanted = batch.logitRows().length > 0;
    boolean statesWanted = batch.stateRows().length > 0;
    backend.step(batch, rope, () -> compute(cache, logitsWanted, statesWanted));
    return logits;
  }

  /** Most rows of logits at a time. */
  public int maxLogitRows() {
    return logits.rows();
  }

  /**
   * Logits of final hidden states of the last batch, in the place of that batch's own.
   *
   * @param from the first of {@link #states}
   * @param count at most {@link #maxLogitRows}
   * @return logits (count, vocab), valid until the next call of this or of {@link #forward}
   */
  public DeviceBuffer logits(int from, int count) {
    backend.embeddings().orElseThrow().logits(states, from, count, weights.head(), logits);
    return logits;
  }

  private void compute(KvCache cache, boolean logitsWanted, boolean statesWanted) {
    float eps = config.rmsNormEps();
    backend.embed(weights.embedding(), residual);
    for (int i = 0; i < config.numLayers(); i++) {
      Layer layer = weights.layers().get(i);
      backend.normLinear(residual, layer.inputNorm(), eps, layer.qkv(), qkv);
      attend(layer, cache, i);
      if (i == config.numLayers() - 1 && !logitsWanted && !statesWanted) {
        return; // keys and values are in the cache, and nobody asks for more
      }
      backend.linearAdd(layer.output(), attended, residual);
      backend.normGatedLinear(residual, layer.postAttentionNorm(), eps, layer.gateUp(), activated);
      backend.linearAdd(layer.down(), activated, residual);
    }
    if (statesWanted) {
      backend.embeddings().orElseThrow().normStates(residual, weights.norm(), eps, states);
    }
    if (logitsWanted) {
      backend.normLogits(residual, weights.norm(), eps, weights.head(), logits);
    }
  }

  private void attend(Layer layer, KvCache cache, int i) {
    float eps = config.rmsNormEps();
    DeviceBuffer qNorm = layer.qNorm();
    DeviceBuffer kNorm = layer.kNorm();
    if (i < config.numLayers() - 1) {
      backend.attend(qkv, qNorm, kNorm, eps, attention, cache, i, attended);
    } else {
      backend.attendLast(qkv, qNorm, kNorm, eps, attention, cache, i, attended, residual);
    }
  }
}
