package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows as they stand in the checkpoint, dequantized one row at a time into a scratch row that all
 * tokens are then multiplied with. Plain loops: the definition of what {@link PackedMatrix}
 * computes.
 */
final class ScalarMatrix implements CpuMatrix {
  private static final int ROWS_PER_TASK = 16;

  private final List<TensorView> parts;
  private final float[] bias;
  private final int outputs;
  private final int inputs;

  /**
   * @param arena owns the copy of the weights
   * @param bias (outputs) or null
   */
  ScalarMatrix(List<TensorView> tensors, float[] bias, Arena arena) {
    this.parts = new ArrayList<>();
    this.bias = bias;
    int rows = 0;
    for (TensorView t : tensors) {
      MemorySegment copy = arena.allocate(t.data().byteSize(), 64).copyFrom(t.data());
      parts.add(new TensorView(t.name(), t.dtype(), t.rows(), t.columns(), copy));
      rows += t.rows();
    }
    this.outputs = rows;
    this.inputs = tensors.getFirst().columns();
  }

  @Override
  public int outputs() {
    return outputs;
  }

  @Override
  public int inputs() {
    return inputs;
  }

  @Override
  public long bytes() {
    return parts.stream().mapToLong(t -> t.data().byteSize()).sum();
  }

  @Override
  public void multiply(float[] x, int rows, float[] out, WorkerPool pool) {
    int tasks = Math.ceilDiv(outputs, ROWS_PER_TASK);
    pool.run(
        tasks,
        (task, _) -> {
          float[] weights = new float[inputs];
          int end = Math.min((task + 1) * ROWS_PER_TASK, outputs);
          for (int o = task * ROWS_PER_TASK; o < end; o++) {
            copyRow(o, weights, 0);
            for (int t = 0; t < rows; t++) {
              float dot = dot(weights, x, t * inputs);
              out[t * outputs + o] = bias == null ? dot : dot + bias[o];
            }
          }
        });
  }

  @Override
  public void copyRow(int row, float[] out, int offset) {
    int first = 0;
    for (TensorView part : parts) {
      if (row < first + part.rows()) {
        Dequantizer.row(part, row - first, out, offset);
        return;
      }
      first += part.rows();
    }
    throw new IndexOutOfBoundsException("row " + row + " of " + outputs);
  }

  /** Summed in double, so that the reference has no rounding of its own worth the name. */
  private static float dot(float[] weights, float[] x, int offset) {
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      sum += (double) weights[k] * x[offset + k];
    }
    return (float) sum;
  }
}
