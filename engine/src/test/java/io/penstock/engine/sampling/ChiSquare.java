package io.penstock.engine.sampling;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Pearson's goodness-of-fit test. */
final class ChiSquare {
  private ChiSquare() {}

  /** Sum of (observed - expected)^2 / expected over the bins that can occur. */
  static double statistic(int[] observed, IntToDoubleFunction probability) {
    long draws = IntStream.of(observed).asLongStream().sum();
    double statistic = 0;
    for (int i = 0; i < observed.length; i++) {
      double expected = draws * probability.applyAsDouble(i);
      if (expected == 0) {
        if (observed[i] > 0) {
          return Double.POSITIVE_INFINITY;
        }
        continue;
      }
      statistic += (observed[i] - expected) * (observed[i] - expected) / expected;
    }
    return statistic;
  }

  /** The 99.9 % quantile, by Wilson and Hilferty's approximation. */
  static double critical(int degreesOfFreedom) {
    double a = 2.0 / (9 * degreesOfFreedom);
    return degreesOfFreedom * Math.pow(1 - a + 3.0902 * Math.sqrt(a), 3);
  }
}
