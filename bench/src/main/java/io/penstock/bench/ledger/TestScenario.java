package io.penstock.bench.ledger;

import io.penstock.bench.MavenTests;
import io.penstock.bench.Report;
import java.util.Map;
import java.util.regex.Pattern;

/** What tests show rather than measurements. */
record TestScenario(String name, MavenTests tests) implements Scenario {

  /** Every endpoint, every role, own and others' ids. */
  static TestScenario matrix() {
    return new TestScenario(
        "matrix",
        new MavenTests(
            "AccessMatrixTest",
            Map.of(),
            Pattern.compile("matrix: (.*) = (\\d+) checks"),
            "who may call what, others' ids are 404: ",
            "checks"));
  }

  /** Keys, headers, queries and bodies that nobody thought of. */
  static TestScenario fuzz() {
    return new TestScenario(
        "fuzz",
        new MavenTests(
            "AccessFuzzTest",
            Map.of(),
            Pattern.compile("fuzz: ((\\d+) requests, .*)"),
            "none is answered 5xx, no secret in a log line: ",
            "requests"));
  }

  @Override
  public void run(Report report) throws Exception {
    tests.run(name, report);
  }
}
