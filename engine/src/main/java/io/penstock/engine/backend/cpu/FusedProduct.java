package io.penstock.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One token times three tiles, expanded in registers: the decode path of batch 1. Three chains of
 * FMAs are in flight, which with four instructions of expansion beside each keeps the ports busy.
 *
 * <p>Shapes: scales (groups, 3 tiles, 2, lanes), the scale before the minimum; x (columns); sums
 * (3, lanes). The tiles start at bytes a, b and c of the data.
 */
final class FusedProduct {
  static final int TILES = 3;

  /** Floats between the scales of one group of a tile and the next. */
  static final int SCALE_STRIDE = 2 * TILES * Lanes.COUNT;

  private static final int VECTOR_BYTES = Integer.BYTES * Lanes.COUNT;

  private FusedProduct() {}

  /** {@link NibbleFormat}: a group is a record of 4 vectors of 8 columns. */
  static void nibbles(
      MemorySegment data,
      long a,
      long b,
      long c,
      int stride,
      int groups,
      float[] scales,
      float[] x,
      float[] sums) {
    FloatVector sa = FloatVector.zero(Lanes.FLOAT);
    FloatVector sb = sa;
    FloatVector sc = sa;
    int k = 0;
    for (int g = 0; g < groups; g++) {
      FloatVector scaleA = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 0) * Lanes.COUNT);
      FloatVector minimumA = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 1) * Lanes.COUNT);
      FloatVector scaleB = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 2) * Lanes.COUNT);
      FloatVector minimumB = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 3) * Lanes.COUNT);
      FloatVector scaleC = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 4) * Lanes.COUNT);
      FloatVector minimumC = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 5) * Lanes.COUNT);
      long from = (long) g * stride;
      for (int i = 0; i < 4; i++) {
        long at = from + (long) i * VECTOR_BYTES;
        IntVector va = Lanes.ints(data, a + at);
        IntVector vb = Lanes.ints(data, b + at);
        IntVector vc = Lanes.ints(data, c + at);
        for (int j = 0; j < 8; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k++]);
          sa = Lanes.toFloat(va.and(15)).fma(scaleA, minimumA).fma(xk, sa);
          sb = Lanes.toFloat(vb.and(15)).fma(scaleB, minimumB).fma(xk, sb);
          sc = Lanes.toFloat(vc.and(15)).fma(scaleC, minimumC).fma(xk, sc);
          va = va.lanewise(VectorOperators.LSHR, 4);
          vb = vb.lanewise(VectorOperators.LSHR, 4);
          vc = vc.lanewise(VectorOperators.LSHR, 4);
        }
      }
    }
    sa.intoArray(sums, 0 * Lanes.COUNT);
    sb.intoArray(sums, 1 * Lanes.COUNT);
    sc.intoArray(sums, 2 * Lanes.COUNT);
  }

  /** {@link ByteFormat}: a group has {@code vectors}, 4 or 8, of 4 columns. */
  static void bytes(
      MemorySegment data,
      long a,
      long b,
      long c,
      int stride,
      int groups,
      int vectors,
      float[] scales,
      float[] x,
      float[] sums) {
    FloatVector sa = FloatVector.zero(Lanes.FLOAT);
    FloatVector sb = sa;
    FloatVector sc = sa;
    int k = 0;
    for (int g = 0; g < groups; g++) {
      FloatVector scaleA = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 0) * Lanes.COUNT);
      FloatVector minimumA = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 1) * Lanes.COUNT);
      FloatVector scaleB = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 2) * Lanes.COUNT);
      FloatVector minimumB = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 3) * Lanes.COUNT);
      FloatVector scaleC = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 4) * Lanes.COUNT);
      FloatVector minimumC = FloatVector.fromArray(Lanes.FLOAT, scales, (6 * g + 5) * Lanes.COUNT);
      long from = ByteFormat.codes(g, vectors, stride);
      for (int i = 0; i < vectors; i++) {
        long at = from + (long) i * VECTOR_BYTES;
        IntVector va = Lanes.ints(data, a + at);
        IntVector vb = Lanes.ints(data, b + at);
        IntVector vc = Lanes.ints(data, c + at);
        for (int j = 0; j < 4; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k++]);
          sa = Lanes.toFloat(va.and(255)).fma(scaleA, minimumA).fma(xk, sa);
          sb = Lanes.toFloat(vb.and(255)).fma(scaleB, minimumB).fma(xk, sb);
          sc = Lanes.toFloat(vc.and(255)).fma(scaleC, minimumC).fma(xk, sc);
          va = va.lanewise(VectorOperators.LSHR, 8);
          vb = vb.lanewise(VectorOperators.LSHR, 8);
          vc = vc.lanewise(VectorOperators.LSHR, 8);
        }
      }
    }
    sa.intoArray(sums, 0 * Lanes.COUNT);
    sb.intoArray(sums, 1 * Lanes.COUNT);
    sc.intoArray(sums, 2 * Lanes.COUNT);
  }
}
