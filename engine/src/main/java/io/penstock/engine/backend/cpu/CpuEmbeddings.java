package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.EmbeddingOperations;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.backend.ResidualStream;
import java.util.Arrays;
import java.util.function.Supplier;

/** {@link EmbeddingOperations} by the kernels and the threads of a {@link CpuBackend}. */
final class CpuEmbeddings implements EmbeddingOperations {
  private static final int FIRST_TYPE = 0;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final Supplier<Step> current;
  private float[] product = new float[0]; // (T, hidden)

  /**
   * @param current the step that runs
   */
  CpuEmbeddings(Kernels kernels, WorkerPool pool, Supplier<Step> current) {
    this.kernels = kernels;
    this.pool = pool;
    this.current = current;
  }

  @Override
  public void normStates(ResidualStream x, DeviceBuffer gain, float eps, DeviceBuffer out) {
    CpuResidual residual = (CpuResidual) x;
    int[] rows = current.get().batch().stateRows();
    pool.run(rows.length, (i, _) -> residual.normRowTo(kernels, rows[i], i, data(gain), eps));
    System.arraycopy(residual.normed(), 0, data(out), 0, rows.length * x.columns());
  }

  @Override
  public void logits(DeviceBuffer states, int from, int count, Matrix head, DeviceBuffer out) {
    int columns = states.columns();
    float[] rows = Arrays.copyOfRange(data(states), from * columns, (from + count) * columns);
    ((CpuMatrix) head).multiply(rows, count, data(out), pool);
  }

  @Override
  public void embed(
      Matrix words, Matrix positions, Matrix types, LayerNorm norm, DeviceBuffer out) {
    Step step = current.get();
    int columns = out.columns();
    float[] x = data(out);
    float[] type = new float[columns];
    ((CpuMatrix) types).copyRow(FIRST_TYPE, type, 0);
    pool.run(
        step.numTokens(),
        (t, _) -> {
          int row = t * columns;
          float[] position = Scratch.ROW.get(columns);
          ((CpuMatrix) words).copyRow(step.batch().tokenIds()[t], x, row);
          ((CpuMatrix) positions).copyRow(step.position(t), position, 0);
          kernels.add(x, row, type, 0, columns);
          kernels.add(x, row, position, 0, columns);
          normRow(x, row, norm);
        });
  }

  @Override
  public void linear(DeviceBuffer x, Matrix matrix, DeviceBuffer out) {
    ((CpuMatrix) matrix).multiply(data(x), current.get().numTokens(), data(out), pool);
  }

  @Override
  public void linearGelu(DeviceBuffer x, Matrix matrix, DeviceBuffer out) {
    linear(x, matrix, out);
    int columns = out.columns();
    pool.run(current.get().numTokens(), (t, _) -> kernels.gelu(data(out), t * columns, columns));
  }

  @Override
  public void linearAddNorm(DeviceBuffer sublayer, Matrix matrix, LayerNorm norm, DeviceBuffer x) {
    int tokens = current.get().numTokens();
    int columns = x.columns();
    int size = Math.multiplyExact(tokens, columns);
    if (product.length < size) {
      product = new float[size];
    }
    float[] added = product;
    ((CpuMatrix) matrix).multiply(data(sublayer), tokens, added, pool);
    pool.run(
        tokens,
        (t, _) -> {
          kernels.add(data(x), t * columns, added, t * columns, columns);
          normRow(data(x), t * columns, norm);
        });
  }

  private void normRow(float[] x, int row, LayerNorm norm) {
    kernels.layerNorm(x, row, data(norm.gain()), data(norm.bias()), norm.eps());
  }

  private static float[] data(DeviceBuffer buffer) {
    return ((CpuBuffer) buffer).data();
  }
}
