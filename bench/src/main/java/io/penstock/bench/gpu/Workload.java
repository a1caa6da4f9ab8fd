package io.penstock.bench.gpu;

import io.penstock.bench.Report;

/**
 * Something to measure or to check.
 *
 * @param group {@code check}, {@code speed} or {@code serve}
 * @param name to choose it alone
 * @param doing for the progress line
 * @param isLong whether a quick run leaves it out, unless it is named
 */
record Workload(String group, String name, String doing, boolean isLong, Body body) {

  Workload(String group, String name, String doing, Body body) {
    this(group, name, doing, false, body);
  }

  /** Measures and adds rows. */
  interface Body {
    void run(Session session, Report report) throws Exception;
  }
}
