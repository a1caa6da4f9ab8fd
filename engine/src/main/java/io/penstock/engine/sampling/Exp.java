package io.penstock.engine.sampling;

/**
 * {@code e^x} in float for x at most 0: x is split into n ln 2 + r, e^r is a polynomial (Cephes,
 * {@code expf}), and n goes into the exponent. Within 1e-7 of the true value, relatively, above
 * e^-87; 0 below, which is less than a float's smallest normal number.
 */
final class Exp {
  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /** Adding it rounds to an integer, which then stands in the low bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final float LOWEST = -87f;

  private Exp() {}

  static float of(float x) {
    float shifted = Math.fma(x, LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float p = 1.9875691500e-4f;
    p = Math.fma(p, r, 1.3981999507e-3f);
    p = Math.fma(p, r, 8.3334519073e-3f);
    p = Math.fma(p, r, 4.1665795894e-2f);
    p = Math.fma(p, r, 1.6666665459e-1f);
    p = Math.fma(p, r, 5.0000001201e-1f);
    p = Math.fma(p, r * r, r) + 1;
    int exponent = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUND);
    float scaled = Float.intBitsToFloat((exponent << 23) + Float.floatToRawIntBits(p));
    return x < LOWEST ? 0 : x == x ? scaled : x; // NaN stays one
  }
}
