package io.penstock.engine.backend.cpu;

/**
 * The complementary error function, to about 1e-14: the scalar kernels' part of GELU. A power
 * series near zero and a continued fraction away from it (Abramowitz and Stegun, 7.1.6 and 7.1.14).
 */
final class Erfc {
  private static final double SERIES_BELOW = 2;
  private static final int FRACTION_TERMS = 80;
  private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

  private Erfc() {}

  static double of(double x) {
    double z = Math.abs(x);
    double erfc = z < SERIES_BELOW ? 1 - series(z) : fraction(z);
    return x < 0 ? 2 - erfc : erfc;
  }

  /** erf(z) = 2/sqrt(pi) exp(-z^2) sum of 2^n z^(2n+1) / (1 * 3 * ... * (2n+1)). */
  private static double series(double z) {
    double term = z;
    double sum = z;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= 2 * z * z / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_ROOT_PI * Math.exp(-z * z) * sum;
  }

  /** sqrt(pi) exp(z^2) erfc(z) = 1 / (z + (1/2) / (z + 1 / (z + (3/2) / (z + ...)))). */
  private static double fraction(double z) {
    double below = z;
    for (int n = FRACTION_TERMS; n >= 1; n--) {
      below = z + n / 2.0 / below;
    }
    return Math.exp(-z * z) / Math.sqrt(Math.PI) / below;
  }
}
