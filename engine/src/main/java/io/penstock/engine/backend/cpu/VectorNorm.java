package io.penstock.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;

/** LayerNorm of one row, twin of {@link ScalarKernels#layerNorm}. */
final class VectorNorm {
  private VectorNorm() {}

  /** The variance is taken around the mean, not from the sum of squares, which would cancel. */
  static void layerNorm(float[] x, int at, float[] gain, float[] bias, float eps, float[] lanes) {
    int n = gain.length;
    float mean = sum(x, at, n, lanes) / n;
    float variance = squares(x, at, n, mean, lanes) / n;
    float factor = (float) (1 / Math.sqrt((double) variance + eps));
    for (int i = 0; i < n; i++) {
      x[at + i] = (x[at + i] - mean) * factor * gain[i] + bias[i];
    }
  }

  private static float sum(float[] x, int at, int n, float[] lanes) {
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      sum = sum.add(FloatVector.fromArray(Lanes.FLOAT, x, at + i));
    }
    sum.intoArray(lanes, 0);
    float total = VectorMath.sumOf(lanes);
    for (; i < n; i++) {
      total += x[at + i];
    }
    return total;
  }

  private static float squares(float[] x, int at, int n, float mean, float[] lanes) {
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i).sub(mean);
      sum = v.fma(v, sum);
    }
    sum.intoArray(lanes, 0);
    float total = VectorMath.sumOf(lanes);
    for (; i < n; i++) {
      total += (x[at + i] - mean) * (x[at + i] - mean);
    }
    return total;
  }
}
