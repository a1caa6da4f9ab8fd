package io.penstock.engine.backend;

import io.penstock.engine.core.TensorView;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The operations of which a forward pass is made, on one device.
 *
 * <p>Calls come from one thread, in program order; a device may run behind them until {@link
 * #readRow}. Between {@link #begin} and the next {@code begin} all operations refer to that batch
 * and treat the first {@code numTokens} rows of their buffers.
 *
 * <p><b>Batch invariance</b>: every operation computes a token's row with the same order of
 * floating point operations whatever else is in the batch and however a prompt is cut into chunks;
 * so the same request gives the same logits, bit for bit.
 */
public interface Backend extends AutoCloseable {

  /** Device and instruction set, for logs and the console. */
  String description();

  // ---- memory

  /** Zeroed activations of shape (rows, columns). */
  DeviceBuffer allocate(int rows, int columns);

  /**
   * Loads matrices of the same {@code columns} stacked by rows into one, so that one pass computes
   * all of them (q, k and v; gate and up). The views may be unmapped afterwards.
   *
   * @param parts at least one; types may differ
   * @param biases one vector for each part, or empty for none
   */
  Matrix loadMatrix(List<TensorView> parts, List<TensorView> biases);

  /** Loads a vector, as a buffer of shape (1, n). */
  DeviceBuffer loadVector(TensorView vector);

  KvCache allocateKvCache(KvCacheSpec spec);

  // ---- one step; shapes in comments are (rows, columns), T = tokens of the batch

  /** Starts a step: takes the batch's metadata and prepares the rotation of its positions. */
  void begin(BatchLayout batch, Rope rope);

  /** out (T, hidden) = rows of table (vocab, hidden) at the batch's token ids. */
  void embed(Matrix table, DeviceBuffer out);

  /** out = x / sqrt(mean(x^2) + eps) * gain, row by row; x, out (T, hidden). */
  void rmsNorm(DeviceBuffer x, DeviceBuffer gain, float eps, DeviceBuffer out);

  /** residual += x, then out = rmsNorm(residual); all (T, hidden). */
  void addRmsNorm(
      DeviceBuffer residual, DeviceBuffer x, DeviceBuffer gain, float eps, DeviceBuffer out);

  /** out (T, outputs) = x (T, inputs) * matrix^T + bias. */
  void linear(Matrix matrix, DeviceBuffer x, DeviceBuffer out);

  /**
   * Prepares queries and fills the cache for the batch's tokens. In qkv (T, (heads + 2 kvHeads) *
   * headDim): q and k are RMS-normalised per head when the gains are given, then rotated; q stays
   * in place, k and v go to the cache of {@code layer}.
   *
   * @param qGain (1, headDim) or null
   * @param kGain (1, headDim) or null
   */
  void prepareQkv(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer);

  /**
   * out (T, heads * headDim) = causal attention of q (first columns of qkv) over the paged cache.
   */
  void attention(DeviceBuffer qkv, AttentionSpec spec, KvCache cache, int layer, DeviceBuffer out);

  /** out (T, n) = silu(gate) * up, where gateUp (T, 2n) holds gate in its first n columns. */
  void swiglu(DeviceBuffer gateUp, DeviceBuffer out);

  /**
   * residual += x for the rows in {@code logitRows}, then out (logitRows, hidden) = their rmsNorm:
   * the last norm, computed only where logits are wanted.
   */
  void addRmsNormLogitRows(
      DeviceBuffer residual, DeviceBuffer x, DeviceBuffer gain, float eps, DeviceBuffer out);

  /** out (logitRows, vocab) = x (logitRows, hidden) * matrix^T. */
  void logits(Matrix matrix, DeviceBuffer x, DeviceBuffer out);

  /** Waits for the device and copies one row to {@code destination}. */
  void readRow(DeviceBuffer buffer, int row, float[] destination);

  /** Runs {@code task} for 0..count-1 on the host threads of this backend and waits. */
  void parallel(int count, IntConsumer task);

  @Override
  void close();
}
