package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.ResidualStream;

/**
 * The residual stream in float32, to which matrix products add directly. Only one with a bias
 * leaves what is to be added in {@code delta}, and the kernel of the next norm adds it in the same
 * pass.
 *
 * <p>Whether a delta is pending is known on the host and the same in every step of a shape, so a
 * recorded step needs no flag on the device.
 */
final class CudaResidual implements ResidualStream {
  private final CudaBuffer sum; // (rows, columns) float32
  private final CudaBuffer delta; // (rows, columns)
  private final CudaBuffer normed; // (rows, columns): input of the product behind a norm
  private boolean pending;
  private CudaBuffer narrowed; // (kept rows, columns) float32 in place of the sum, or null

  CudaResidual(Gpu gpu, int rows, int columns) {
    this(
        CudaBuffer.zeroed(gpu, rows, columns, Float.BYTES),
        CudaBuffer.zeroed(gpu, rows, columns, ElementType.BYTES),
        CudaBuffer.zeroed(gpu, rows, columns, ElementType.BYTES));
  }

  /** Buffers of (rows, columns), the first in float32. */
  CudaResidual(CudaBuffer sum, CudaBuffer delta, CudaBuffer normed) {
    this.sum = sum;
    this.delta = delta;
    this.normed = normed;
  }

  @Override
  public int rows() {
    return sum.rows();
  }

  @Override
  public int columns() {
    return sum.columns();
  }

  /** A new step writes the sum. */
  void restart() {
    pending = false;
    narrowed = null;
  }

  /** To the end of the step the stream's sum is this; nothing may be pending. */
  void narrow(CudaBuffer rows) {
    if (pending) {
      throw new IllegalStateException("what is pending is of all rows");
    }
    narrowed = rows;
  }

  long sum() {
    return narrowed == null ? sum.address() : narrowed.address();
  }

  long delta() {
    return delta.address();
  }

  long normed() {
    return normed.address();
  }

  CudaBuffer normedBuffer() {
    return normed;
  }

  boolean hasPendingDelta() {
    return pending;
  }

  /** The stream is sum + delta from now on. */
  void deltaWritten() {
    pending = true;
  }

  /** The delta has been added to the sum. */
  void settled() {
    pending = false;
  }
}
