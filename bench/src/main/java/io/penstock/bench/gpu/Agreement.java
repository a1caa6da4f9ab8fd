package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.bench.Row;

/**
 * How far logits are from reference logits.
 *
 * <p>The error is ||actual - expected|| / ||expected|| of a row of logits. A best token that
 * differs is an error of meaning only where the reference's best two are further apart than
 * rounding moves them, so both shares are counted: of all positions, and of those that are no close
 * call.
 */
final class Agreement {
  /** In standard deviations of the reference's logits: several times what bf16 moves them. */
  static final double CLOSE_CALL = 0.1;

  /** Of fewer positions some that are close calls may be one in a hundred by chance. */
  private static final int ENOUGH = 1000;

  private double worst;
  private long positions;
  private long equal;
  private long clear;
  private long clearAndEqual;
  private boolean finite = true;

  /** A row of logits against the reference's. */
  void add(float[] actual, float[] expected) {
    double difference = 0;
    double norm = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = (double) actual[i] - expected[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
      sum += expected[i];
    }
    double error = Math.sqrt(difference / norm);
    finite &= Double.isFinite(error);
    worst = Math.max(worst, error);
    double mean = sum / expected.length;
    double deviation = Math.sqrt(norm / expected.length - mean * mean);
    int[] best = bestTwo(expected);
    double margin = (double) expected[best[0]] - expected[best[1]];
    addTop(bestTwo(actual)[0] == best[0], margin > CLOSE_CALL * deviation);
  }

  /** Only the best token of a row. */
  void addTop(boolean same, boolean isClear) {
    positions++;
    equal += same ? 1 : 0;
    clear += isClear ? 1 : 0;
    clearAndEqual += same && isClear ? 1 : 0;
  }

  void report(Report report, String item, String what, double mostError) {
    report.add(
        Row.atMost(
            item + ".error",
            what + ", logits, worst relative error",
            finite ? worst : Double.POSITIVE_INFINITY,
            "",
            mostError));
    reportTop(report, item, what);
  }

  void reportTop(Report report, String item, String what) {
    String top = "%s, same best token at %,d positions".formatted(what, positions);
    double percent = 100.0 * equal / positions;
    report.add(
        positions < ENOUGH
            ? Row.info(item + ".top1", top, percent, "%")
            : Row.atLeast(item + ".top1", top, percent, "%", 99));
    report.add(
        Row.atLeast(
            item + ".clear",
            "%s, the same where it is no close call (%,d)".formatted(what, clear),
            clear == 0 ? 100 : 100.0 * clearAndEqual / clear,
            "%",
            100));
  }

  /** Ids of the largest and the second largest. */
  static int[] bestTwo(float[] logits) {
    int first = 0;
    int second = -1;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[first]) {
        second = first;
        first = i;
      } else if (second < 0 || logits[i] > logits[second]) {
        second = i;
      }
    }
    return new int[] {first, second};
  }
}
