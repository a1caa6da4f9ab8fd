package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.Matrix;

/** A weight matrix (outputs, inputs) that knows how to multiply in the layout it is stored in. */
interface CpuMatrix extends Matrix {

  /**
   * out (rows, outputs) = x (rows, inputs) * this^T + bias.
   *
   * @param x row-major, tightly packed
   * @param out row-major, tightly packed
   */
  void multiply(float[] x, int rows, float[] out, WorkerPool pool);

  /** Copies the weights of one output, dequantized, to {@code out[offset ..]}. */
  void copyRow(int row, float[] out, int offset);
}
