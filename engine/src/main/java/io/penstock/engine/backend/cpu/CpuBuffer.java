package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.DeviceBuffer;

/**
 * Activations of shape (rows, columns), row-major in {@code data}.
 *
 * @param data at least {@code rows * columns} values
 */
record CpuBuffer(float[] data, int rows, int columns) implements DeviceBuffer {

  static CpuBuffer zeroed(int rows, int columns) {
    return new CpuBuffer(new float[Math.multiplyExact(rows, columns)], rows, columns);
  }

  /**
   * Moves rows to the front.
   *
   * @param kept rows in ascending order, so none is overwritten before it is moved
   */
  static void keepRows(float[] data, int columns, int[] kept) {
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(data, kept[i] * columns, data, i * columns, columns);
    }
  }
}
