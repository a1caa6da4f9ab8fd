package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.Matrix;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;

/**
 * A weight matrix of the model's element type, row-major. Each of the parts that were stacked is
 * padded to a multiple of eight rows, and rows to a multiple of eight elements, with zeros.
 *
 * @param outputs rows of all parts without padding
 * @param inputs columns without padding
 * @param rows of all parts with padding
 * @param k columns with padding
 * @param bias (rows), or null
 */
record CudaMatrix(DeviceMemory weights, int outputs, int inputs, int rows, int k, DeviceMemory bias)
    implements Matrix {

  long address() {
    return weights.address();
  }

  /** The weights as an array. */
  CudaBuffer buffer() {
    return new CudaBuffer(weights, rows, k, k, ElementType.BYTES);
  }

  /** 0 without a bias. */
  long biasAddress() {
    return bias == null ? 0 : bias.address();
  }

  @Override
  public long bytes() {
    return weights.bytes();
  }
}
