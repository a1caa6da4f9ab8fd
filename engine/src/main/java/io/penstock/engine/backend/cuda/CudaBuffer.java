package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;

/**
 * Activations of shape (rows, columns) on the GPU, row-major.
 *
 * @param memory may hold more rows, so that a batch can be rounded up; they are scratch
 * @param stride elements from one row to the next
 * @param elementBytes 2 for the model's type, 4 for float32
 */
record CudaBuffer(DeviceMemory memory, int rows, int columns, int stride, int elementBytes)
    implements DeviceBuffer {
  private static final int ALIGNMENT = 8;

  /**
   * Smallest number of rows in memory: small batches are rounded up to the matrix kernels' four.
   */
  private static final int LEAST_ROWS = 4;

  /** Columns are padded to a multiple of eight, which the kernels rely on; all is zero. */
  static CudaBuffer zeroed(Gpu gpu, int rows, int columns, int elementBytes) {
    return zeroed(gpu, rows, columns, padded(columns), elementBytes);
  }

  /** Float32 rows that follow each other without a gap. */
  static CudaBuffer logits(Gpu gpu, int rows, int columns) {
    return zeroed(gpu, rows, columns, columns, Float.BYTES);
  }

  private static CudaBuffer zeroed(Gpu gpu, int rows, int columns, int stride, int elementBytes) {
    long bytes = (long) rowsInMemory(rows) * stride * elementBytes;
    return new CudaBuffer(gpu.allocateZeroed(bytes), rows, columns, stride, elementBytes);
  }

  long address() {
    return memory.address();
  }

  /** {@code n} rounded up to a multiple of 8. */
  static int padded(int n) {
    return Math.ceilDiv(n, ALIGNMENT) * ALIGNMENT;
  }

  private static int rowsInMemory(int rows) {
    return Math.max(LEAST_ROWS, TokenBuckets.of(rows));
  }
}
