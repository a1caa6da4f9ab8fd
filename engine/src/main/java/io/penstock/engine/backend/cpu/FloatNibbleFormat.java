package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Q4_K: its scales are products that need a float each. A record ends with a vector of scales and
 * one of minimums.
 *
 * <p><b>Notes.</b> Codes are converted here: the sum that would allow for {@link #fraction} is not
 * exact for such scales.
 */
final class FloatNibbleFormat extends NibbleFormat {
  private static final int SCALES = CODE_BYTES;
  private static final int MINIMUMS = SCALES + VECTOR_BYTES;
  private static final int BYTES = MINIMUMS + VECTOR_BYTES;

  static final FloatNibbleFormat INSTANCE = new FloatNibbleFormat();

  private FloatNibbleFormat() {
    super(BYTES);
  }

  @Override
  void packScale(MemorySegment tile, long record, int lane, float scale, float minimum) {
    tile.set(JAVA_FLOAT_UNALIGNED, record + SCALES + 4L * lane, scale);
    tile.set(JAVA_FLOAT_UNALIGNED, record + MINIMUMS + 4L * lane, minimum);
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] out, int at) {
    int to = at;
    for (int r = 0; r < records; r++) {
      long record = offset + (long) r * BYTES;
      FloatVector scale = Lanes.floats(tile, record + SCALES);
      FloatVector minimum = Lanes.floats(tile, record + MINIMUMS);
      for (int i = 0; i < CODE_VECTORS; i++) {
        IntVector v = Lanes.ints(tile, record + (long) i * VECTOR_BYTES);
        for (int j = 0; j < COLUMNS; j++) {
          number(v, j).fma(scale, minimum).intoArray(out, to + j * Lanes.COUNT);
        }
        to += COLUMNS * Lanes.COUNT;
      }
    }
  }

  @Override
  WorkerPool.Task fusedTask(PackedMatrix matrix, float[] x, float[] out) {
    int records = matrix.records();
    return (pair, _) -> {
      float[] sums = Scratch.SUMS.get(2 * Lanes.COUNT);
      long a = matrix.tileOffset(2 * pair);
      long b = matrix.tileOffset(2 * pair + 1);
      multiplyTwo(matrix.data(), a, b, records, x, sums);
      matrix.storePair(pair, sums, 1, out);
    };
  }

  /** sums (2, lanes) = tiles at bytes a and b times x. */
  private static void multiplyTwo(
      MemorySegment data, long a, long b, int records, float[] x, float[] sums) {
    FloatVector sumA = FloatVector.zero(Lanes.FLOAT);
    FloatVector sumB = sumA;
    for (int r = 0; r < records; r++) {
      long ra = a + (long) r * BYTES;
      long rb = b + (long) r * BYTES;
      FloatVector scaleA = Lanes.floats(data, ra + SCALES);
      FloatVector minimumA = Lanes.floats(data, ra + MINIMUMS);
      FloatVector scaleB = Lanes.floats(data, rb + SCALES);
      FloatVector minimumB = Lanes.floats(data, rb + MINIMUMS);
      for (int i = 0; i < CODE_VECTORS; i++) {
        IntVector va = Lanes.ints(data, ra + (long) i * VECTOR_BYTES);
        IntVector vb = Lanes.ints(data, rb + (long) i * VECTOR_BYTES);
        int k = r * RECORD_COLUMNS + i * COLUMNS;
        for (int j = 0; j < COLUMNS; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k + j]);
          sumA = number(va, j).fma(scaleA, minimumA).fma(xk, sumA);
          sumB = number(vb, j).fma(scaleB, minimumB).fma(xk, sumB);
        }
      }
    }
    sumA.intoArray(sums, 0);
    sumB.intoArray(sums, Lanes.COUNT);
  }
}
