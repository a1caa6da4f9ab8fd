package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.ResidualStream;

/**
 * The residual stream, with the last sub-layer's output beside it until the next norm, which adds
 * it in the same pass over the row.
 */
final class CpuResidual implements ResidualStream {
  private final int rows;
  private final int columns;
  private final float[] sum; // (rows, columns)
  private final float[] delta; // (rows, columns)
  private final float[] normed; // (rows, columns): scratch
  private boolean pending;

  CpuResidual(int rows, int columns) {
    int size = Math.multiplyExact(rows, columns);
    this.rows = rows;
    this.columns = columns;
    this.sum = new float[size];
    this.delta = new float[size];
    this.normed = new float[size];
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  /** Where to write a new stream's rows; whatever was pending is dropped. */
  float[] restart() {
    pending = false;
    return sum;
  }

  /** Where to write what is to be added; call {@link #deltaWritten} afterwards. */
  float[] delta() {
    return delta;
  }

  /** From now on the stream's value is sum + delta, until {@link #settled}. */
  void deltaWritten() {
    pending = true;
  }

  boolean hasPendingDelta() {
    return pending;
  }

  /** All rows of the delta have been added by {@link #normRow}. */
  void settled() {
    pending = false;
  }

  /** Adds what is pending of one row to the sum. */
  void settleRow(Kernels kernels, int row) {
    if (pending) {
      kernels.add(sum, row * columns, delta, row * columns, columns);
    }
  }

  /** Adds what is pending of one row and normalises it into {@link #normed}. */
  void normRow(Kernels kernels, int row, float[] gain, float eps) {
    settleRow(kernels, row);
    kernels.rmsNorm(sum, row * columns, gain, eps, normed, row * columns);
  }

  /** Normalises the value of {@code row} into row {@code target}, leaving sum and delta alone. */
  void normRowTo(Kernels kernels, int row, int target, float[] gain, float eps) {
    System.arraycopy(sum, row * columns, normed, target * columns, columns);
    if (pending) {
      kernels.add(normed, target * columns, delta, row * columns, columns);
    }
    kernels.rmsNorm(normed, target * columns, gain, eps, normed, target * columns);
  }

  /** The stream consists of these rows from now on, ascending ones; nothing may be pending. */
  void keepRows(int[] kept) {
    CpuBuffer.keepRows(sum, columns, kept);
  }

  float[] normed() {
    return normed;
  }
}
