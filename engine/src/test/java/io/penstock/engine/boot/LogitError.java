package io.penstock.engine.boot;

/** How far logits are from others: the worst over all rows that were added. */
final class LogitError {
  private double worstAbsolute;
  private double worstRelative;
  private int rows;

  /** Compares one row. */
  LogitError add(float[] actual, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = (double) actual[i] - expected[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
      worstAbsolute = Math.max(worstAbsolute, Math.abs(d)); // NaN stays
    }
    worstRelative = Math.max(worstRelative, Math.sqrt(difference / norm));
    rows++;
    return this;
  }

  /** Whether no logit of the rows, of which there must be some, is off by more. */
  boolean within(double tolerance) {
    return rows > 0 && worstAbsolute <= tolerance;
  }

  /**
   * The largest difference of one logit, and |actual - expected| / |expected| of a row by Euclidean
   * norms.
   */
  String text() {
    return String.format(
        java.util.Locale.ROOT,
        "%d rows, max %.4f, relative %.5f",
        rows,
        worstAbsolute,
        worstRelative);
  }
}
