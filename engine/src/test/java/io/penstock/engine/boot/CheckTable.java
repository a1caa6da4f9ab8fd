package io.penstock.engine.boot;

import java.util.Locale;

/** Prints a row for each thing checked, at once, and remembers failures. */
final class CheckTable {
  private int failures;
  private int rows;

  /** One row: what was checked of which model, and the numbers that decide. */
  void row(String model, String check, boolean passed, String format, Object... values) {
    rows++;
    failures += passed ? 0 : 1;
    System.out.printf(
        Locale.ROOT,
        "%s  %-18s %-34s %s%n",
        passed ? "PASS" : "FAIL",
        model,
        check,
        String.format(Locale.ROOT, format, values));
  }

  /** A check that did not end. */
  void error(String model, Throwable failure) {
    row(model, "ran to its end", false, "%s", failure);
    failure.printStackTrace(System.out);
  }

  int failures() {
    return failures;
  }

  void summary(long nanos) {
    System.out.printf(Locale.ROOT, "%d of %d checks failed, %.1f s%n", failures, rows, nanos / 1e9);
  }
}
