package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Q4_0 (minimum -8 scale) and Q4_1: a record ends with a vector of halves, the scale in the low and
 * the minimum in the high 16 bits of a lane.
 *
 * <p><b>Notes.</b> Five bits a weight, as in the file, where floats would make it six: a batch of
 * one is bound by what it reads. Making floats of the halves costs 8 instructions beside the 128 of
 * a record.
 */
final class HalfNibbleFormat extends NibbleFormat {
  private static final int SCALES = CODE_BYTES;
  private static final int BYTES = SCALES + VECTOR_BYTES;

  static final HalfNibbleFormat INSTANCE = new HalfNibbleFormat();

  private HalfNibbleFormat() {
    super(BYTES);
  }

  @Override
  void packScale(MemorySegment tile, long record, int lane, float scale, float minimum) {
    int halves = Float.floatToFloat16(minimum) << 16 | Float.floatToFloat16(scale) & 0xFFFF;
    tile.set(JAVA_INT_UNALIGNED, record + SCALES + 4L * lane, halves);
  }

  private static FloatVector scale(IntVector halves) {
    return Lanes.lowHalves(halves).mul(LEVELS);
  }

  private static FloatVector minimum(IntVector halves, FloatVector scale) {
    return Lanes.highHalves(halves).sub(scale);
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] out, int at) {
    int to = at;
    for (int r = 0; r < records; r++) {
      long record = offset + (long) r * BYTES;
      IntVector halves = Lanes.ints(tile, record + SCALES);
      FloatVector scale = scale(halves);
      FloatVector minimum = minimum(halves, scale);
      for (int i = 0; i < CODE_VECTORS; i++) {
        IntVector v = Lanes.ints(tile, record + (long) i * VECTOR_BYTES);
        for (int j = 0; j < COLUMNS; j++) {
          fraction(v, j).fma(scale, minimum).intoArray(out, to + j * Lanes.COUNT);
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
      IntVector halvesA = Lanes.ints(data, ra + SCALES);
      FloatVector scaleA = scale(halvesA);
      FloatVector minimumA = minimum(halvesA, scaleA);
      IntVector halvesB = Lanes.ints(data, rb + SCALES);
      FloatVector scaleB = scale(halvesB);
      FloatVector minimumB = minimum(halvesB, scaleB);
      for (int i = 0; i < CODE_VECTORS; i++) {
        IntVector va = Lanes.ints(data, ra + (long) i * VECTOR_BYTES);
        IntVector vb = Lanes.ints(data, rb + (long) i * VECTOR_BYTES);
        int k = r * RECORD_COLUMNS + i * COLUMNS;
        for (int j = 0; j < COLUMNS; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k + j]);
          sumA = fraction(va, j).fma(scaleA, minimumA).fma(xk, sumA);
          sumB = fraction(vb, j).fma(scaleB, minimumB).fma(xk, sumB);
        }
      }
    }
    sumA.intoArray(sums, 0);
    sumB.intoArray(sums, Lanes.COUNT);
  }
}
