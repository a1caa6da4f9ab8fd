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
      // NaN must win, so no Math.max
      worstAbsolute = Math.abs(d) <= worstAbsolute ? worstAbsolute : Math.abs(d);
    }
    double relative = Math.sqrt(difference / norm);
    worstRelative = relative <= worstRelative ? worstRelative : relative;
    rows++;
    return this;
  }

  /** Largest difference of one logit. */
  double absolute() {
    return worstAbsolute;
  }

  /** Largest |actual - expected| / |expected| of a row, by Euclidean norms. */
  double relative() {
    return worstRelative;
  }

  boolean within(Tolerance tolerance) {
    return rows > 0
        && worstAbsolute <= tolerance.absolute()
        && worstRelative <= tolerance.relative();
  }

  String text() {
    return String.format(
        java.util.Locale.ROOT,
        "%d rows, max %.4f, relative %.5f",
        rows,
        worstAbsolute,
        worstRelative);
  }

  /**
   * @param absolute of one logit
   * @param relative of a row
   */
  record Tolerance(double absolute, double relative) {}
}
