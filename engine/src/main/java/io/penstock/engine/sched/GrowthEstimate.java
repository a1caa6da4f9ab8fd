package io.penstock.engine.sched;

import java.util.Arrays;

/**
 * How many of the tokens that they may generate sequences really generate, learnt from those that
 * ended. Requests differ: who asks for 100 tokens mostly gets them, who sets no limit may generate
 * 131,072 and stops after 300. So there is one average for each power of two of {@code maxTokens}.
 *
 * <p>An average is over the last {@value #WINDOW} ended sequences, roughly (exponential), and
 * starts as if {@value #PRIOR} had used half of what they might, but no more than {@value
 * #FIRST_GUESS_TOKENS} tokens: one huge limit must not keep everybody else waiting before anything
 * is known. Too low a guess costs a few preemptions, too high a one leaves the cache half empty:
 * 512 requests of 1,000 tokens that all use their 1,000 took 2,042 steps with this and 3,008 when
 * all was expected.
 */
final class GrowthEstimate {
  static final int WINDOW = 64;
  static final int PRIOR = 4;
  static final int FIRST_GUESS_TOKENS = 2048;
  static final double FIRST_RATIO = 0.5;

  /** However short sequences were, expect this share, or this many tokens if that is less. */
  static final double LEAST_RATIO = 1.0 / 16;

  static final int LEAST_TOKENS = 128;

  private final double[] ratio = new double[Integer.SIZE];
  private final int[] weight = new int[Integer.SIZE];

  GrowthEstimate() {
    this(FIRST_RATIO);
  }

  /**
   * @param firstRatio share that is expected before anything is known
   */
  GrowthEstimate(double firstRatio) {
    for (int c = 0; c < ratio.length; c++) {
      ratio[c] = Math.min(firstRatio, FIRST_GUESS_TOKENS / largestOf(c));
    }
    Arrays.fill(weight, PRIOR);
  }

  /**
   * @param maxTokens what the sequence may generate in all
   * @param remaining what it may still generate
   * @return tokens that it is expected to, at least 1 if it may
   */
  int expected(int maxTokens, int remaining) {
    return remaining == 0 ? 0 : Math.min(remaining, (int) Math.ceil(ratio(maxTokens) * remaining));
  }

  /** Learns from a sequence that ended. */
  void ended(int maxTokens, int generated) {
    int c = sizeClass(maxTokens);
    weight[c] = Math.min(WINDOW, weight[c] + 1);
    ratio[c] += ((double) generated / maxTokens - ratio[c]) / weight[c];
  }

  /** Share of {@code maxTokens} that is expected to be generated. */
  double ratio(int maxTokens) {
    int c = sizeClass(maxTokens);
    return Math.max(ratio[c], Math.min(LEAST_RATIO, LEAST_TOKENS / largestOf(c)));
  }

  private static int sizeClass(int maxTokens) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(maxTokens - 1);
  }

  /** Largest {@code maxTokens} of a class: a power of two. */
  private static double largestOf(int sizeClass) {
    return Math.scalb(1.0, sizeClass);
  }
}
