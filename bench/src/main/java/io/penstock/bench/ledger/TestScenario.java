package io.penstock.bench.ledger;

import io.penstock.bench.Installation;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tests show rather than measurements: runs them on this checkout, and quotes the line in
 * which they say how much they looked at. A failed test is a row that does not hold.
 */
final class TestScenario implements Scenario {
  private static final Pattern TESTS =
      Pattern.compile("Tests run: (\\d+), Failures: (\\d+), Errors: (\\d+), Skipped: (\\d+)$");

  private final String name;
  private final String test;
  private final Pattern figure;
  private final String what;
  private final String unit;

  private TestScenario(String name, String test, Pattern figure, String what, String unit) {
    this.name = name;
    this.test = test;
    this.figure = figure;
    this.what = what;
    this.unit = unit;
  }

  /** Every endpoint, every role, own and others' ids. */
  static TestScenario matrix() {
    return new TestScenario(
        "matrix",
        "AccessMatrixTest",
        Pattern.compile("matrix: (.*) = (\\d+) checks"),
        "who may call what, others' ids are 404: ",
        "checks");
  }

  /** Keys, headers, queries and bodies that nobody thought of. */
  static TestScenario fuzz() {
    return new TestScenario(
        "fuzz",
        "AccessFuzzTest",
        Pattern.compile("fuzz: ((\\d+) requests, .*)"),
        "none is answered 5xx, no secret in a log line: ",
        "requests");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void run(Report report) throws Exception {
    report.progress(0.1, "running " + test);
    String output = maven();
    Matcher line = figure.matcher(output);
    Matcher tests = TESTS.matcher("");
    boolean passed = false;
    for (String text : output.split("\n")) {
      if (tests.reset(text.strip().replaceAll("\u001b\\[[0-9;]*m", "")).find()) {
        passed = tests.group(2).equals("0") && tests.group(3).equals("0");
      }
    }
    if (!line.find()) {
      throw new IOException(test + " did not say what it looked at: " + end(output));
    }
    report.add(
        new Row(
            name,
            what + line.group(1),
            Double.parseDouble(line.group(2)),
            unit,
            "all hold",
            passed));
    if (!passed) {
      report.note(end(output));
    }
  }

  /** With the project's own Maven, as {@code ./penstock test} runs it. */
  private String maven() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Installation.launcher().toString(),
                "test",
                "-pl",
                "api",
                "-am",
                "-Dtest=" + test,
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dspotless.check.skip=true",
                "-Dpenstock.console=skip",
                "-Dpenstock.kernels=skip")
            .directory(Installation.root().toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  private static String end(String output) {
    return output.substring(Math.max(0, output.length() - 1000));
  }
}
