package io.penstock.bench.gpu;

import io.penstock.bench.Report;

/**
 * Something to measure or to check.
 *
 * @param group {@code check}, {@code speed} or {@code serve}
 * @param name to choose it alone
 * @param doing for the progress line
 */
record Workload(String group, String name, String doing, Body body) {
  private static final String LONG = "long";

  /** Whether a quick run leaves it out. */
  boolean isLong() {
    return name.startsWith(LONG);
  }

  /** Measures and adds rows. */
  interface Body {
    void run(Session session, Report report) throws Exception;
  }
}
