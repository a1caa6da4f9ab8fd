package io.penstock.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * GELU by the error function, twin of {@link ScalarKernels#gelu}: erfc(z) = (a1 t + ... + a5 t^5)
 * exp(-z^2) with t = 1 / (1 + p z), whose error is below 1.5e-7 (Hastings; Abramowitz and Stegun,
 * 7.1.26). With q = |x| / 2 * erfc(|x| / sqrt(2)) it is x - q for positive x and -q for others, so
 * nothing cancels.
 */
final class VectorGelu {
  private static final float P = 0.3275911f;
  private static final float A1 = 0.254829592f;
  private static final float A2 = -0.284496736f;
  private static final float A3 = 1.421413741f;
  private static final float A4 = -1.453152027f;
  private static final float A5 = 1.061405429f;
  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  private VectorGelu() {}

  static void apply(float[] x, int at, int n) {
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i);
      FloatVector z = v.abs().mul(ROOT_HALF);
      FloatVector t = constant(1).div(z.fma(constant(P), constant(1)));
      FloatVector p = t.fma(constant(A5), constant(A4));
      p = p.fma(t, constant(A3));
      p = p.fma(t, constant(A2));
      p = p.fma(t, constant(A1));
      FloatVector erfc = p.mul(t).mul(VectorMath.exp(z.mul(z).neg()));
      FloatVector q = v.abs().mul(0.5f).mul(erfc);
      v.max(0f).sub(q).intoArray(x, at + i);
    }
    for (; i < n; i++) {
      x[at + i] = (float) (x[at + i] / 2.0 * Erfc.of(-x[at + i] / Math.sqrt(2)));
    }
  }

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(Lanes.FLOAT, value);
  }
}
