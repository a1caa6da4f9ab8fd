package io.penstock.engine.backend;

import io.penstock.engine.core.TensorView;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The operations of which a forward pass is made, on one device.
 *
 * <p>Calls come from one thread, in program order; a device may run behind them until {@link
 * #readRow} or {@link DeviceSampler#await}. Within {@link #step} all operations refer to its batch
 * and treat the first {@code numTokens} rows of their buffers.
 *
 * <p><b>Failure.</b> Any call may throw {@link DeviceLostException}, also for what an earlier call
 * enqueued; the backend can then only be closed.
 *
 * <p><b>Fusion.</b> An operation is as large as the largest piece that some device computes in one
 * pass: a norm belongs to the matrix product that reads it. How much is really fused, and what is
 * kept between operations, is the backend's business.
 *
 * <p><b>Batch invariance</b>: the CPU computes a token's row with the same order of floating point
 * operations whatever else is in the batch and however a prompt is cut into chunks; so the same
 * request gives the same logits, bit for bit. A GPU picks its kernels by the size of the batch:
 * there the same holds up to the rounding of its number format.
 */
public interface Backend extends AutoCloseable {

  /** Device and instruction set, for logs and the console. */
  String description();

  // ---- memory

  /** Bytes of one element of a KV cache. */
  int kvElementBytes();

  /**
   * What is left for a KV cache, all that is loaded and allocated so far being counted; empty where
   * the device's memory is the machine's.
   */
  Optional<CacheRoom> kvCacheRoom();

  /** Zeroed activations of shape (rows, columns). */
  DeviceBuffer allocate(int rows, int columns);

  /** Room for logits of shape (rows, columns), in float32. */
  DeviceBuffer allocateLogits(int rows, int columns);

  ResidualStream allocateResidual(int rows, int columns);

  /**
   * Loads matrices of the same {@code columns} stacked by rows into one, so that one pass computes
   * all of them (q, k and v; gate and up). The views must stay mapped until {@link #finishLoading}.
   *
   * @param parts at least one; types may differ
   * @param biases one vector for each part, or empty for none
   */
  Matrix loadMatrix(List<TensorView> parts, List<TensorView> biases);

  /**
   * Loads a vector, as a buffer of shape (1, n). The view must stay mapped until {@link
   * #finishLoading}.
   */
  DeviceBuffer loadVector(TensorView vector);

  /** Waits until all that was asked for is loaded. More may be loaded afterwards. */
  void finishLoading();

  KvCache allocateKvCache(KvCacheSpec spec);

  /**
   * Host memory for blocks of a cache.
   *
   * @param slots at least 1
   * @return {@link SwapSpace#NONE}, and a line in the log, where the host does not give so much
   */
  SwapSpace allocateSwapSpace(KvCache cache, int slots);

  /**
   * Whether {@link #attend} can turn element 2i of a head with 2i+1. If not, element i is turned
   * with i + rotaryDim/2 whatever the checkpoint says, and the rows of q and k must be loaded in
   * that order.
   */
  boolean rotatesInterleaved();

  // ---- preparation, after the weights and the activations

  /** Measures which algorithms suit the loaded matrices, where that has to be found out. */
  void tune(Progress progress);

  /**
   * Batch sizes whose decode steps (one token of each sequence) this backend records: computing
   * each of them twice before the first request spares the first requests the recording. Empty
   * where nothing is recorded.
   */
  int[] recordedSizes();

  // ---- one step; shapes in comments are (rows, columns), T = tokens of the batch

  /**
   * One step: takes the batch's metadata, prepares the rotation of its positions and computes
   * {@code forward}, or replays what a step of the same shape recorded. So {@code forward} must
   * call the same operations on the same buffers each time, up to whether logits are wanted.
   */
  void step(BatchLayout batch, Rope rope, Runnable forward);

  /** out (T, hidden) = rows of table (vocab, hidden) at the batch's token ids. */
  void embed(Matrix table, ResidualStream out);

  /** out (T, outputs) = rmsNorm(x) * matrix^T + bias; x (T, inputs). */
  void normLinear(ResidualStream x, DeviceBuffer gain, float eps, Matrix matrix, DeviceBuffer out);

  /**
   * Attention of the batch's tokens. In qkv (T, (heads + 2 kvHeads) * headDim): q and k are
   * RMS-normalised per head when the gains are given, then rotated; k and v go to the cache of
   * {@code layer}; out (T, heads * headDim) = attention of q over the paged cache. What stands in
   * qkv afterwards is undefined.
   *
   * @param qGain (1, headDim) or null
   * @param kGain (1, headDim) or null
   */
  void attend(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer,
      DeviceBuffer out);

  /**
   * {@link #attend} of the last layer: the keys and values of all tokens go to the cache, but
   * attention is computed for the {@link BatchLayout#wantedRows}. From here to the end of the step
   * only those count, if there are any: where the backend finds it worth it, T is their number and
   * they alone stand in {@code out} and {@code residual}, in their order.
   */
  void attendLast(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer,
      DeviceBuffer out,
      ResidualStream residual);

  /** residual (T, outputs) += x (T, inputs) * matrix^T + bias. */
  void linearAdd(Matrix matrix, DeviceBuffer x, ResidualStream residual);

  /**
   * out (T, n) = silu(gate) * up, where gate and up are the halves of rmsNorm(x) * gateUp^T + bias
   * (T, 2n).
   */
  void normGatedLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix gateUp, DeviceBuffer out);

  /** out (logitRows, vocab) = rmsNorm(x) * head^T, only for the rows whose logits are wanted. */
  void normLogits(ResidualStream x, DeviceBuffer gain, float eps, Matrix head, DeviceBuffer out);

  /** What embeddings need besides; empty where the device does not have it. */
  default Optional<EmbeddingOperations> embeddings() {
    return Optional.empty();
  }

  // ---- results

  /** Sampling on the device; empty where the host samples. */
  Optional<DeviceSampler> deviceSampler();

  /**
   * A second place for steps, which are computed amid the one that runs; empty where the device has
   * none. To be asked for once, before the room for the KV cache is.
   *
   * @param maxTokens most tokens of such a step
   * @param maxSequences most sequences, and rows of logits
   */
  default Optional<InterposedSteps> interposedSteps(int maxTokens, int maxSequences) {
    return Optional.empty();
  }

  /** Waits for the device and copies one row to {@code destination}. */
  void readRow(DeviceBuffer buffer, int row, float[] destination);

  /** What is known of the device, where it tells. Any thread may ask; returns soon. */
  Optional<DeviceFigures> figures();

  /** Runs {@code task} for 0..count-1 on the host threads of this backend and waits. */
  void parallel(int count, IntConsumer task);

  @Override
  void close();
}
