package io.penstock.bench.console;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs a script that drives a browser; what it prints as rows becomes the report's. */
final class Browser {
  private static final String ROW = "ROW ";
  private static final String NOTE = "NOTE ";
  private static final long MOST_MINUTES = 15;
  private static final JsonMapper JSON = new JsonMapper();

  private Browser() {}

  /**
   * @throws IOException when it cannot be run, or ends without a row
   */
  static void run(List<String> command, Report report) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    int rows = 0;
    StringBuilder rest = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(ROW)) {
          report.add(row(JSON.readTree(line.substring(ROW.length()))));
          rows++;
        } else if (line.startsWith(NOTE)) {
          report.note(line.substring(NOTE.length()));
        } else {
          rest.append(line).append('\n');
        }
      }
    }
    if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("the browser did not come to an end");
    }
    if (rows == 0) {
      throw new IOException("the browser said nothing: " + rest);
    }
  }

  private static Row row(JsonNode json) {
    JsonNode figure = json.path("figure");
    JsonNode holds = json.path("holds");
    return new Row(
        json.path("item").asString(),
        json.path("what").asString(),
        figure.isNumber() ? figure.asDouble() : null,
        json.path("unit").asString(),
        json.path("target").asString(),
        holds.isBoolean() ? holds.asBoolean() : null);
  }
}
