package io.penstock.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Elementwise functions and sums over rows, in an order fixed by the column alone. */
final class VectorMath {
  // exp(x) = 2^n exp(r), |r| <= ln(2)/2, with ln(2) in two parts (Cody and Waite) and the
  // minimax polynomial of the Cephes library (expf).
  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final float ROUND = 0x1.8p23f;
  private static final float LEAST = -87.3f;
  private static final float MOST = 88.3f;

  private VectorMath() {}

  /**
   * exp within 2 ulp; 0 below -87.3, and no infinity: at least 88.3 counts as 88.3. Not {@code
   * lanewise(EXP)}, whose results differ between interpreted and compiled code.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector c = x.max(LEAST).min(MOST);
    FloatVector shifted = c.mul(LOG2_E).add(ROUND);
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(broadcast(-LN2_HIGH), c);
    r = n.fma(broadcast(-LN2_LOW), r);
    FloatVector p = r.fma(broadcast(1.9875691500E-4f), broadcast(1.3981999507E-3f));
    p = p.fma(r, broadcast(8.3334519073E-3f));
    p = p.fma(r, broadcast(4.1665795894E-2f));
    p = p.fma(r, broadcast(1.6666665459E-1f));
    p = p.fma(r, broadcast(5.0000001201E-1f));
    p = p.fma(r.mul(r), r).add(1f);
    // n stands in the low bits of `shifted`; moved to the exponent it multiplies by 2^n.
    var power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector result = p.reinterpretAsInts().add(power).reinterpretAsFloats();
    return result.blend(0f, x.lt(LEAST));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(Lanes.FLOAT, value);
  }

  /**
   * x = exp(x - max) for the {@code n} floats from {@code at}, a multiple of the vector's length.
   *
   * @return their sum: one sum for each lane, then the lanes in order
   */
  static float expAndSum(float[] x, int at, int n, float max, float[] lanes) {
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector e = exp(FloatVector.fromArray(Lanes.FLOAT, x, at + i).sub(max));
      e.intoArray(x, at + i);
      sum = sum.add(e);
    }
    sum.intoArray(lanes, 0);
    return sumOf(lanes);
  }

  /** Largest of n floats, a multiple of the vector's length. */
  static float max(float[] x, int at, int n, float[] lanes) {
    FloatVector max = broadcast(Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += Lanes.COUNT) {
      max = max.max(FloatVector.fromArray(Lanes.FLOAT, x, at + i));
    }
    max.intoArray(lanes, 0);
    float result = lanes[0];
    for (int i = 1; i < Lanes.COUNT; i++) {
      result = Math.max(result, lanes[i]);
    }
    return result;
  }

  /** out = silu(gate) * up. */
  static void swiglu(float[] x, int gate, int up, float[] out, int at, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector g = FloatVector.fromArray(Lanes.FLOAT, x, gate + i);
      FloatVector u = FloatVector.fromArray(Lanes.FLOAT, x, up + i);
      g.div(exp(g.neg()).add(1f)).mul(u).intoArray(out, at + i);
    }
    for (; i < n; i++) {
      double g = x[gate + i];
      out[at + i] = (float) (g / (1 + Math.exp(-g)) * x[up + i]);
    }
  }

  static float sumOfSquares(float[] x, int at, int n, float[] lanes) {
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i);
      sum = v.fma(v, sum);
    }
    sum.intoArray(lanes, 0);
    float total = sumOf(lanes);
    for (; i < n; i++) {
      total += x[at + i] * x[at + i];
    }
    return total;
  }

  static float sumOf(float[] lanes) {
    float total = 0;
    for (int i = 0; i < Lanes.COUNT; i++) {
      total += lanes[i];
    }
    return total;
  }

  /** out = x * factor * gain. */
  static void scale(float[] x, int from, float factor, float[] gain, float[] out, int to) {
    for (int i = 0; i < gain.length; i++) {
      out[to + i] = x[from + i] * factor * gain[i];
    }
  }
}
