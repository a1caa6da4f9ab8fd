package io.penstock.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * Register-blocked products of two expanded tiles with a few tokens: {@code sums += w^T x} over a
 * run of columns, with rows in the lanes.
 *
 * <p>Shapes: w (2, columns, lanes), the second tile at {@code second}; x, one row for each token,
 * starting at {@code at[first + t]}; sums (tokens, 2, lanes) from {@code to}.
 *
 * <p>A sum is a single chain of fused multiply-adds in the order of the columns, in every variant:
 * that is what makes a token's result independent of how many others are beside it. The 8-token
 * variant has 16 chains in flight, which hides the latency of the FMA; it loads 10 values for 16
 * FMAs.
 */
final class TileProduct {
  private TileProduct() {}

  /** 8 tokens. */
  static void multiply8(
      float[] w,
      int second,
      float[] x,
      int[] at,
      int first,
      int column,
      int n,
      float[] sums,
      int to) {
    int x0 = at[first + 0] + column;
    int x1 = at[first + 1] + column;
    int x2 = at[first + 2] + column;
    int x3 = at[first + 3] + column;
    int x4 = at[first + 4] + column;
    int x5 = at[first + 5] + column;
    int x6 = at[first + 6] + column;
    int x7 = at[first + 7] + column;
    FloatVector a0 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 0 * Lanes.COUNT);
    FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 1 * Lanes.COUNT);
    FloatVector a1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 2 * Lanes.COUNT);
    FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 3 * Lanes.COUNT);
    FloatVector a2 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 4 * Lanes.COUNT);
    FloatVector b2 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 5 * Lanes.COUNT);
    FloatVector a3 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 6 * Lanes.COUNT);
    FloatVector b3 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 7 * Lanes.COUNT);
    FloatVector a4 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 8 * Lanes.COUNT);
    FloatVector b4 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 9 * Lanes.COUNT);
    FloatVector a5 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 10 * Lanes.COUNT);
    FloatVector b5 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 11 * Lanes.COUNT);
    FloatVector a6 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 12 * Lanes.COUNT);
    FloatVector b6 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 13 * Lanes.COUNT);
    FloatVector a7 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 14 * Lanes.COUNT);
    FloatVector b7 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 15 * Lanes.COUNT);
    for (int k = 0; k < n; k++) {
      FloatVector wa = FloatVector.fromArray(Lanes.FLOAT, w, k * Lanes.COUNT);
      FloatVector wb = FloatVector.fromArray(Lanes.FLOAT, w, second + k * Lanes.COUNT);
      FloatVector v0 = FloatVector.broadcast(Lanes.FLOAT, x[x0 + k]);
      a0 = wa.fma(v0, a0);
      b0 = wb.fma(v0, b0);
      FloatVector v1 = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k]);
      a1 = wa.fma(v1, a1);
      b1 = wb.fma(v1, b1);
      FloatVector v2 = FloatVector.broadcast(Lanes.FLOAT, x[x2 + k]);
      a2 = wa.fma(v2, a2);
      b2 = wb.fma(v2, b2);
      FloatVector v3 = FloatVector.broadcast(Lanes.FLOAT, x[x3 + k]);
      a3 = wa.fma(v3, a3);
      b3 = wb.fma(v3, b3);
      FloatVector v4 = FloatVector.broadcast(Lanes.FLOAT, x[x4 + k]);
      a4 = wa.fma(v4, a4);
      b4 = wb.fma(v4, b4);
      FloatVector v5 = FloatVector.broadcast(Lanes.FLOAT, x[x5 + k]);
      a5 = wa.fma(v5, a5);
      b5 = wb.fma(v5, b5);
      FloatVector v6 = FloatVector.broadcast(Lanes.FLOAT, x[x6 + k]);
      a6 = wa.fma(v6, a6);
      b6 = wb.fma(v6, b6);
      FloatVector v7 = FloatVector.broadcast(Lanes.FLOAT, x[x7 + k]);
      a7 = wa.fma(v7, a7);
      b7 = wb.fma(v7, b7);
    }
    a0.intoArray(sums, to + 0 * Lanes.COUNT);
    b0.intoArray(sums, to + 1 * Lanes.COUNT);
    a1.intoArray(sums, to + 2 * Lanes.COUNT);
    b1.intoArray(sums, to + 3 * Lanes.COUNT);
    a2.intoArray(sums, to + 4 * Lanes.COUNT);
    b2.intoArray(sums, to + 5 * Lanes.COUNT);
    a3.intoArray(sums, to + 6 * Lanes.COUNT);
    b3.intoArray(sums, to + 7 * Lanes.COUNT);
    a4.intoArray(sums, to + 8 * Lanes.COUNT);
    b4.intoArray(sums, to + 9 * Lanes.COUNT);
    a5.intoArray(sums, to + 10 * Lanes.COUNT);
    b5.intoArray(sums, to + 11 * Lanes.COUNT);
    a6.intoArray(sums, to + 12 * Lanes.COUNT);
    b6.intoArray(sums, to + 13 * Lanes.COUNT);
    a7.intoArray(sums, to + 14 * Lanes.COUNT);
    b7.intoArray(sums, to + 15 * Lanes.COUNT);
  }

  /** 4 tokens. */
  static void multiply4(
      float[] w,
      int second,
      float[] x,
      int[] at,
      int first,
      int column,
      int n,
      float[] sums,
      int to) {
    int x0 = at[first + 0] + column;
    int x1 = at[first + 1] + column;
    int x2 = at[first + 2] + column;
    int x3 = at[first + 3] + column;
    FloatVector a0 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 0 * Lanes.COUNT);
    FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 1 * Lanes.COUNT);
    FloatVector a1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 2 * Lanes.COUNT);
    FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 3 * Lanes.COUNT);
    FloatVector a2 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 4 * Lanes.COUNT);
    FloatVector b2 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 5 * Lanes.COUNT);
    FloatVector a3 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 6 * Lanes.COUNT);
    FloatVector b3 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 7 * Lanes.COUNT);
    for (int k = 0; k < n; k++) {
      FloatVector wa = FloatVector.fromArray(Lanes.FLOAT, w, k * Lanes.COUNT);
      FloatVector wb = FloatVector.fromArray(Lanes.FLOAT, w, second + k * Lanes.COUNT);
      FloatVector v0 = FloatVector.broadcast(Lanes.FLOAT, x[x0 + k]);
      a0 = wa.fma(v0, a0);
      b0 = wb.fma(v0, b0);
      FloatVector v1 = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k]);
      a1 = wa.fma(v1, a1);
      b1 = wb.fma(v1, b1);
      FloatVector v2 = FloatVector.broadcast(Lanes.FLOAT, x[x2 + k]);
      a2 = wa.fma(v2, a2);
      b2 = wb.fma(v2, b2);
      FloatVector v3 = FloatVector.broadcast(Lanes.FLOAT, x[x3 + k]);
      a3 = wa.fma(v3, a3);
      b3 = wb.fma(v3, b3);
    }
    a0.intoArray(sums, to + 0 * Lanes.COUNT);
    b0.intoArray(sums, to + 1 * Lanes.COUNT);
    a1.intoArray(sums, to + 2 * Lanes.COUNT);
    b1.intoArray(sums, to + 3 * Lanes.COUNT);
    a2.intoArray(sums, to + 4 * Lanes.COUNT);
    b2.intoArray(sums, to + 5 * Lanes.COUNT);
    a3.intoArray(sums, to + 6 * Lanes.COUNT);
    b3.intoArray(sums, to + 7 * Lanes.COUNT);
  }

  /** 2 tokens. */
  static void multiply2(
      float[] w,
      int second,
      float[] x,
      int[] at,
      int first,
      int column,
      int n,
      float[] sums,
      int to) {
    int x0 = at[first + 0] + column;
    int x1 = at[first + 1] + column;
    FloatVector a0 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 0 * Lanes.COUNT);
    FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 1 * Lanes.COUNT);
    FloatVector a1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 2 * Lanes.COUNT);
    FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 3 * Lanes.COUNT);
    for (int k = 0; k < n; k++) {
      FloatVector wa = FloatVector.fromArray(Lanes.FLOAT, w, k * Lanes.COUNT);
      FloatVector wb = FloatVector.fromArray(Lanes.FLOAT, w, second + k * Lanes.COUNT);
      FloatVector v0 = FloatVector.broadcast(Lanes.FLOAT, x[x0 + k]);
      a0 = wa.fma(v0, a0);
      b0 = wb.fma(v0, b0);
      FloatVector v1 = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k]);
      a1 = wa.fma(v1, a1);
      b1 = wb.fma(v1, b1);
    }
    a0.intoArray(sums, to + 0 * Lanes.COUNT);
    b0.intoArray(sums, to + 1 * Lanes.COUNT);
    a1.intoArray(sums, to + 2 * Lanes.COUNT);
    b1.intoArray(sums, to + 3 * Lanes.COUNT);
  }
}
