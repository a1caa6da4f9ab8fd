package io.penstock.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One token times two tiles, expanded in registers: the decode path of batch 1, bound by memory.
 *
 * <p>Shapes: scales (groups, 2 tiles, 2, lanes), the scale before the minimum; x (columns); sums
 * (2, lanes). The tiles start at bytes a and b of the data.
 *
 * <p>Three or four tiles at once are slower: the compiler gives up inlining after some forty vector
 * operations in a method (NodeCountInliningCutoff) and then allocates every vector. For the same
 * reason the innermost loops stand as loops, which it unrolls itself.
 */
final class FusedProduct {
  static final int TILES = 2;

  /** Floats between the scales of one group of a tile and the next. */
  static final int SCALE_STRIDE = 2 * TILES * Lanes.COUNT;

  private static final int VECTOR_BYTES = Integer.BYTES * Lanes.COUNT;

  private FusedProduct() {}

  /** {@link NibbleFormat}: a group is a record of 4 vectors of 8 columns. */
  static void nibbles(
      MemorySegment data,
      long a,
      long b,
      int stride,
      int groups,
      float[] scales,
      float[] x,
      float[] sums) {
    FloatVector sumA = FloatVector.zero(Lanes.FLOAT);
    FloatVector sumB = sumA;
    for (int g = 0; g < groups; g++) {
      int s = 4 * g * Lanes.COUNT;
      FloatVector scaleA = FloatVector.fromArray(Lanes.FLOAT, scales, s);
      FloatVector minimumA = FloatVector.fromArray(Lanes.FLOAT, scales, s + Lanes.COUNT);
      FloatVector scaleB = FloatVector.fromArray(Lanes.FLOAT, scales, s + 2 * Lanes.COUNT);
      FloatVector minimumB = FloatVector.fromArray(Lanes.FLOAT, scales, s + 3 * Lanes.COUNT);
      long from = (long) g * stride;
      for (int i = 0; i < 4; i++) {
        IntVector va = Lanes.ints(data, a + from + (long) i * VECTOR_BYTES);
        IntVector vb = Lanes.ints(data, b + from + (long) i * VECTOR_BYTES);
        int k = (g * 4 + i) * 8;
        for (int j = 0; j < 8; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k + j]);
          IntVector codeA = va.lanewise(VectorOperators.LSHR, 4 * j).and(15);
          IntVector codeB = vb.lanewise(VectorOperators.LSHR, 4 * j).and(15);
          sumA = Lanes.toFloat(codeA).fma(scaleA, minimumA).fma(xk, sumA);
          sumB = Lanes.toFloat(codeB).fma(scaleB, minimumB).fma(xk, sumB);
        }
      }
    }
    sumA.intoArray(sums, 0);
    sumB.intoArray(sums, Lanes.COUNT);
  }

  /** {@link ByteFormat}: a group has {@code vectors}, 4 or 8, of 4 columns. */
  static void bytes(
      MemorySegment data,
      long a,
      long b,
      int stride,
      int groups,
      int vectors,
      float[] scales,
      float[] x,
      float[] sums) {
    FloatVector sumA = FloatVector.zero(Lanes.FLOAT);
    FloatVector sumB = sumA;
    for (int g = 0; g < groups; g++) {
      int s = 4 * g * Lanes.COUNT;
      FloatVector scaleA = FloatVector.fromArray(Lanes.FLOAT, scales, s);
      FloatVector minimumA = FloatVector.fromArray(Lanes.FLOAT, scales, s + Lanes.COUNT);
      FloatVector scaleB = FloatVector.fromArray(Lanes.FLOAT, scales, s + 2 * Lanes.COUNT);
      FloatVector minimumB = FloatVector.fromArray(Lanes.FLOAT, scales, s + 3 * Lanes.COUNT);
      long from = ByteFormat.codes(g, vectors, stride);
      for (int i = 0; i < vectors; i++) {
        IntVector va = Lanes.ints(data, a + from + (long) i * VECTOR_BYTES);
        IntVector vb = Lanes.ints(data, b + from + (long) i * VECTOR_BYTES);
        int k = (g * vectors + i) * 4;
        for (int j = 0; j < 4; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k + j]);
          IntVector codeA = va.lanewise(VectorOperators.LSHR, 8 * j).and(255);
          IntVector codeB = vb.lanewise(VectorOperators.LSHR, 8 * j).and(255);
          sumA = Lanes.toFloat(codeA).fma(scaleA, minimumA).fma(xk, sumA);
          sumB = Lanes.toFloat(codeB).fma(scaleB, minimumB).fma(xk, sumB);
        }
      }
    }
    sumA.intoArray(sums, 0);
    sumB.intoArray(sums, Lanes.COUNT);
  }
}
