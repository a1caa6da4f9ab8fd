package io.penstock.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tests show rather than measurements: runs them on this checkout, and quotes the line in
 * which they say how much they looked at. A failed test is a row that does not hold.
 *
 * @param tests names of test classes of the API, with commas between them
 * @param properties passed on to them
 * @param figure a line of theirs: its first group says what, its last how many; null to count the
 *     tests themselves
 * @param what stands before that in the row
 * @param unit of the figure
 */
public record MavenTests(
    String tests, Map<String, String> properties, Pattern figure, String what, String unit) {
  private static final Pattern SUMMARY =
      Pattern.compile("Tests run: (\\d+), Failures: (\\d+), Errors: (\\d+), Skipped: (\\d+)$");

  private static final Pattern OF_CLASS =
      Pattern.compile(
          "Tests run: (\\d+), Failures: (\\d+), Errors: (\\d+), Skipped: (\\d+).* in [\\w.]*?(\\w+)$");

  /**
   * Adds a row for each of the test classes.
   *
   * @param names what a row says of its class, by the class's name
   */
  public void runEach(String name, Map<String, String> names, Report report)
      throws IOException, InterruptedException {
    report.progress(0.1, "running " + tests);
    String output = maven();
    Map<String, Integer> passed = new HashMap<>();
    for (String text : output.split("\n")) {
      Matcher line = OF_CLASS.matcher(plain(text));
      if (line.find()) {
        boolean good = line.group(2).equals("0") && line.group(3).equals("0");
        int ran = Integer.parseInt(line.group(1)) - Integer.parseInt(line.group(4));
        passed.put(line.group(5), good ? ran : 0);
      }
    }
    names.forEach(
        (test, of) -> {
          double count = passed.getOrDefault(test, 0);
          String item = name + "." + test.replaceFirst("Test$", "");
          report.add(new Row(item, what + of, count, unit, "all hold", count > 0));
        });
    if (!passed.keySet().containsAll(names.keySet()) || passed.containsValue(0)) {
      report.note(end(output));
    }
  }

  private static String plain(String line) {
    return line.strip().replaceAll("\u001b\\[[0-9;]*m", "");
  }

  /** Adds a row of that name. */
  public void run(String name, Report report) throws IOException, InterruptedException {
    report.progress(0.1, "running " + tests);
    String output = maven();
    Matcher summary = SUMMARY.matcher("");
    boolean passed = false;
    int ran = 0;
    for (String text : output.split("\n")) {
      if (summary.reset(plain(text)).find()) {
        passed = summary.group(2).equals("0") && summary.group(3).equals("0");
        ran = Integer.parseInt(summary.group(1)) - Integer.parseInt(summary.group(4));
      }
    }
    String said = "";
    double count = ran;
    if (figure != null) {
      Matcher line = figure.matcher(output);
      if (!line.find()) {
        throw new IOException(tests + " did not say what they looked at: " + end(output));
      }
      said = line.group(1);
      count = Double.parseDouble(line.group(line.groupCount()));
    }
    report.add(new Row(name, what + said, count, unit, "all hold", passed && ran > 0));
    if (!passed) {
      report.note(end(output));
    }
  }

  /** With the project's own Maven, as {@code ./penstock test} runs it. */
  private String maven() throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Installation.launcher().toString(),
                "test",
                "-pl",
                "api",
                "-am",
                "-Dtest=" + tests,
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dspotless.check.skip=true",
                "-Dpenstock.console=skip",
                "-Dpenstock.kernels=skip"));
    properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
    Process process =
        new ProcessBuilder(command)
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
