package io.penstock.engine.backend;

/**
 * What embeddings need besides the operations of {@link Backend}: final hidden states, and the
 * post-norm blocks of BERT (arXiv 1810.04805). Attention of encoders is {@link Backend#attend} with
 * a specification that is not causal, over a cache of a single layer that each layer writes anew.
 *
 * <p>Rules are the backend's: within a step, for its T tokens, a row's result independent of the
 * others.
 */
public interface EmbeddingOperations {

  /**
   * out (states, inputs) = rmsNorm(x), only for the rows whose hidden states are wanted, in their
   * order.
   */
  void normStates(ResidualStream x, DeviceBuffer gain, float eps, DeviceBuffer out);

  /** out (count, vocab) = rows {@code from} and on of states (states, hidden) * head^T. */
  void logits(DeviceBuffer states, int from, int count, Matrix head, DeviceBuffer out);

  /**
   * out (T, hidden) = layerNorm(words[id] + positions[position] + types[0]).
   *
   * @param words (vocab, hidden)
   * @param positions (positions, hidden)
   * @param types (types, hidden)
   */
  void embed(Matrix words, Matrix positions, Matrix types, LayerNorm norm, DeviceBuffer out);

  /** out (T, outputs) = x (T, inputs) * matrix^T + bias. */
  void linear(DeviceBuffer x, Matrix matrix, DeviceBuffer out);

  /** out (T, outputs) = gelu(x * matrix^T + bias), by the error function. */
  void linearGelu(DeviceBuffer x, Matrix matrix, DeviceBuffer out);

  /** x (T, hidden) = layerNorm(x + sublayer (T, inputs) * matrix^T + bias). */
  void linearAddNorm(DeviceBuffer sublayer, Matrix matrix, LayerNorm norm, DeviceBuffer x);

  /**
   * layerNorm(x) = (x - mean(x)) / sqrt(variance(x) + eps) * gain + bias.
   *
   * @param gain (1, hidden)
   * @param bias (1, hidden)
   */
  record LayerNorm(DeviceBuffer gain, DeviceBuffer bias, float eps) {}
}
