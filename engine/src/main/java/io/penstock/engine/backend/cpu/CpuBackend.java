package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.CacheRoom;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceFigures;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.EmbeddingOperations;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.backend.Progress;
import io.penstock.engine.backend.ResidualStream;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backend that needs nothing but a processor: float32 activations, weights multiplied in the
 * quantized form they were stored in.
 *
 * <p><b>Notes.</b> This class only cuts operations into rows and tiles for the {@link WorkerPool};
 * arithmetic is in {@link Kernels} and {@link CpuMatrix}. An index of a parallel region is computed
 * by one thread from start to end and in an order that does not depend on the batch, so results are
 * the same for every batch and number of threads.
 */
public final class CpuBackend implements Backend {
  private static final Logger log = LoggerFactory.getLogger(CpuBackend.class);

  private final Arena arena = Arena.ofShared();
  private final WorkerPool pool;
  private final Kernels kernels;
  private Step step;
  private float[] gateUpProduct = new float[0]; // (tokens, 2n)

  /**
   * Chooses the kernels for this processor, starts the workers and, the first time in a JVM, the
   * compilation of the kernels in the background.
   *
   * @param threads how many compute, the calling one included; 0 for one per available processor
   */
  public static CpuBackend create(int threads) {
    KernelChoice choice = KernelChoice.forThisMachine();
    int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    if (choice.fast()) {
      KernelWarmUp.startOnce(choice.kernels());
      log.info("CPU kernels: {}, {} threads", choice.kernels().description(), count);
    } else {
      log.warn("CPU kernels: scalar, {} threads, much slower: {}", count, choice.reason());
    }
    return new CpuBackend(choice.kernels(), count);
  }

  CpuBackend(Kernels kernels, int threads) {
    this.kernels = kernels;
    this.pool = new WorkerPool(threads);
  }

  @Override
  public String description() {
    return "CPU, %s, %d threads".formatted(kernels.description(), pool.size());
  }

  @Override
  public DeviceBuffer allocate(int rows, int columns) {
    return CpuBuffer.zeroed(rows, columns);
  }

  @Override
  public DeviceBuffer allocateLogits(int rows, int columns) {
    return CpuBuffer.zeroed(rows, columns);
  }

  @Override
  public ResidualStream allocateResidual(int rows, int columns) {
    return new CpuResidual(rows, columns);
  }

  @Override
  public int kvElementBytes() {
    return Float.BYTES;
  }

  @Override
  public Optional<CacheRoom> kvCacheRoom() {
    return Optional.empty();
  }

  @Override
  public boolean rotatesInterleaved() {
    return true;
  }

  @Override
  public void tune(Progress progress) {
    // every matrix has one algorithm
  }

  @Override
  public int[] recordedSizes() {
    return new int[0];
  }

  @Override
  public Matrix loadMatrix(List<TensorView> parts, List<TensorView> biases) {
    TensorView first = parts.getFirst();
    for (TensorView part : parts) {
      if (part.columns() != first.columns()) {
        throw new ModelLoadException(
            "tensor %s has %d columns, %s has %d: they cannot be stacked"
                .formatted(part.name(), part.columns(), first.name(), first.columns()));
      }
    }
    return kernels.pack(parts, stackBiases(parts, biases), arena, pool);
  }

  private static float[] stackBiases(List<TensorView> parts, List<TensorView> biases) {
    if (biases.isEmpty()) {
      return null;
    }
    float[] stacked = new float[parts.stream().mapToInt(TensorView::rows).sum()];
    int offset = 0;
    for (int i = 0; i < parts.size(); i++) {
      int rows = parts.get(i).rows();
      if (biases.get(i).columns() != rows) {
        throw new ModelLoadException(
            "bias %s has %d elements, %s has %d rows"
                .formatted(
                    biases.get(i).name(), biases.get(i).columns(), parts.get(i).name(), rows));
      }
      readVector(biases.get(i), stacked, offset);
      offset += rows;
    }
    return stacked;
  }

  @Override
  public DeviceBuffer loadVector(TensorView vector) {
    CpuBuffer buffer = CpuBuffer.zeroed(1, vector.columns());
    readVector(vector, buffer.data(), 0);
    return buffer;
  }

  @Override
  public void finishLoading() {
    // loading is synchronous
  }

  private static void readVector(TensorView vector, float[] out, int offset) {
    Dequantizer.row(vector, 0, out, offset);
  }

  @Override
  public KvCache allocateKvCache(KvCacheSpec spec) {
    return new CpuKvCache(spec, arena);
  }

  @Override
  public SwapSpace allocateSwapSpace(KvCache cache, int slots) {
    return new CpuSwapSpace((CpuKvCache) cache, slots, arena);
  }

  // ---- one step

  @Override
  public void step(BatchLayout batch, Rope rope, Runnable forward) {
    step = new Step(batch, rope);
    forward.run();
  }

  @Override
  public void embed(Matrix table, ResidualStream out) {
    float[] sum = ((CpuResidual) out).restart();
    int[] ids = step.batch().tokenIds();
    for (int t = 0; t < ids.length; t++) {
      ((CpuMatrix) table).copyRow(ids[t], sum, t * out.columns());
    }
  }

  @Override
  public void normLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix matrix, DeviceBuffer out) {
    normLinear((CpuResidual) x, data(gain), eps, (CpuMatrix) matrix, data(out));
  }

  private void normLinear(CpuResidual x, float[] gain, float eps, CpuMatrix matrix, float[] out) {
    eachRow(t -> x.normRow(kernels, t, gain, eps));
    x.settled();
    matrix.multiply(x.normed(), step.numTokens(), out, pool);
  }

  @Override
  public void normGatedLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix gateUp, DeviceBuffer out) {
    int n = out.columns();
    float[] product = gateUpScratch(2 * n);
    float[] o = data(out);
    normLinear((CpuResidual) x, data(gain), eps, (CpuMatrix) gateUp, product);
    eachRow(t -> kernels.swiglu(product, 2 * n * t, 2 * n * t + n, o, n * t, n));
  }

  /** Room for the batch's rows of the given width; kept, and grown to the largest batch seen. */
  private float[] gateUpScratch(int columns) {
    int size = Math.multiplyExact(step.numTokens(), columns);
    if (gateUpProduct.length < size) {
      gateUpProduct = new float[size];
    }
    return gateUpProduct;
  }

  @Override
  public void linearAdd(Matrix matrix, DeviceBuffer x, ResidualStream residual) {
    CpuResidual r = (CpuResidual) residual;
    if (r.hasPendingDelta()) {
      eachRow(t -> r.settleRow(kernels, t));
    }
    ((CpuMatrix) matrix).multiply(data(x), step.numTokens(), r.delta(), pool);
    r.deltaWritten();
  }

  @Override
  public void normLogits(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix head, DeviceBuffer out) {
    CpuResidual r = (CpuResidual) x;
    int[] rows = step.batch().logitRows();
    for (int i = 0; i < rows.length; i++) {
      r.normRowTo(kernels, rows[i], i, data(gain), eps);
    }
    ((CpuMatrix) head).multiply(r.normed(), rows.length, data(out), pool);
  }

  @Override
  public void attend(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer,
      DeviceBuffer out) {
    prepare(qkv, qGain, kGain, eps, spec, (CpuKvCache) cache, layer);
    attention(qkv, spec, cache, layer, out);
  }

  @Override
  public void attendLast(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer,
      DeviceBuffer out,
      ResidualStream residual) {
    prepare(qkv, qGain, kGain, eps, spec, (CpuKvCache) cache, layer);
    int[] rows = step.batch().wantedRows();
    if (rows.length < step.numTokens()) {
      CpuBuffer.keepRows(data(qkv), qkv.columns(), rows);
      ((CpuResidual) residual).keepRows(rows);
      step = step.ofWantedRows();
    }
    if (rows.length > 0) {
      attention(qkv, spec, cache, layer, out);
    }
  }

  /** Makes q ready and writes k and v of all tokens. */
  private void prepare(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      CpuKvCache kv,
      int layer) {
    int blockSize = kv.spec().blockSize();
    for (int t = 0; t < step.numTokens(); t++) {
      kv.touch(step.blocks(t)[step.position(t) / blockSize]);
    }
    float[] data = data(qkv);
    float[] qg = qGain == null ? null : data(qGain);
    float[] kg = kGain == null ? null : data(kGain);
    eachRow(t -> prepareRow(t, data, t * qkv.columns(), qg, kg, eps, spec, kv, layer));
  }

  private void attention(
      DeviceBuffer qkv, AttentionSpec spec, KvCache cache, int layer, DeviceBuffer out) {
    kernels.attention(
        new AttentionCall(
            step, spec, (CpuKvCache) cache, layer, data(qkv), qkv.columns(), data(out)),
        pool);
  }

  /** Normalises and rotates q and k of one token and stores k and v in the cache. */
  private void prepareRow(
      int token,
      float[] data,
      int row,
      float[] qGain,
      float[] kGain,
      float eps,
      AttentionSpec spec,
      CpuKvCache cache,
      int layer) {
    int dim = spec.headDim();
    int rotated = spec.numHeads() + spec.numKvHeads();
    for (int h = 0; h < rotated; h++) {
      float[] gain = h < spec.numHeads() ? qGain : kGain;
      if (gain != null) {
        kernels.rmsNorm(data, row + h * dim, gain, eps, data, row + h * dim);
      }
      step.rotate(token, data, row + h * dim);
    }
    int position = step.position(token);
    int blockSize = cache.spec().blockSize();
    int block = step.blocks(token)[position / blockSize];
    for (int h = 0; h < spec.numKvHeads(); h++) {
      int key = row + (spec.numHeads() + h) * dim;
      int value = row + (rotated + h) * dim;
      cache.write(block, position % blockSize, layer, h, data, key, value);
    }
  }

  @Override
  public Optional<EmbeddingOperations> embeddings() {
    return Optional.of(new CpuEmbeddings(kernels, pool, () -> step));
  }

  // ---- results

  @Override
  public Optional<DeviceSampler> deviceSampler() {
    return Optional.empty();
  }

  @Override
  public Optional<DeviceFigures> figures() {
    return Optional.empty();
  }

  @Override
  public void readRow(DeviceBuffer buffer, int row, float[] destination) {
    CpuBuffer b = (CpuBuffer) buffer;
    System.arraycopy(b.data(), row * b.columns(), destination, 0, b.columns());
  }

  @Override
  public void parallel(int count, IntConsumer task) {
    pool.run(count, (i, _) -> task.accept(i));
  }

  @Override
  public void close() {
    pool.close();
    arena.close();
  }

  private void eachRow(IntConsumer task) {
    pool.run(step.numTokens(), (t, _) -> task.accept(t));
  }

  private static float[] data(DeviceBuffer buffer) {
    return ((CpuBuffer) buffer).data();
  }
}
