package io.penstock.bench;

import io.penstock.bench.cpu.CpuBenchmark;
import io.penstock.bench.load.LoadBenchmark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code ./penstock bench [NAME] [--json FILE]}. Exits with 0 when every target holds, 1 when one
 * does not, 2 when it could not measure.
 */
public final class Main {
  static final List<Benchmark> BENCHMARKS = List.of(new CpuBenchmark(), new LoadBenchmark());

  private Main() {}

  public static void main(String[] args) {
    Arguments arguments;
    try {
      arguments = Arguments.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    if (arguments.name() == null) {
      System.out.println("usage: ./penstock bench NAME [--json FILE]\n");
      BENCHMARKS.forEach(b -> System.out.printf("  %-8s %s%n", b.name(), b.description()));
      return;
    }
    System.exit(run(arguments));
  }

  private static int run(Arguments arguments) {
    Optional<Benchmark> found =
        BENCHMARKS.stream().filter(b -> b.name().equals(arguments.name())).findFirst();
    if (found.isEmpty()) {
      System.err.printf(
          "There is no benchmark '%s'; there are: %s%n",
          arguments.name(), String.join(", ", BENCHMARKS.stream().map(Benchmark::name).toList()));
      return 2;
    }
    ProgressBar bar = new ProgressBar(System.err, System.console() != null);
    Report report = new Report(bar);
    try {
      found.get().run(report);
      bar.clear();
      System.out.print(Table.render(report.rows()));
      report.notes().forEach(note -> System.out.println("- " + note));
      if (arguments.json() != null) {
        writeJson(arguments.json(), report.rows());
      }
    } catch (Exception e) {
      bar.clear();
      System.err.printf("bench %s could not measure: %s%n", arguments.name(), e);
      return 2;
    }
    return report.allHold() ? 0 : 1;
  }

  private static void writeJson(Path file, List<Row> rows) throws IOException {
    Files.writeString(
        file, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(rows) + "\n");
  }

  /** The command line. */
  record Arguments(String name, Path json) {
    static Arguments parse(String[] args) {
      String name = null;
      Path json = null;
      for (int i = 0; i < args.length; i++) {
        if (args[i].equals("--json")) {
          if (i + 1 == args.length) {
            throw new IllegalArgumentException("--json needs a file name");
          }
          json = Path.of(args[++i]);
        } else if (args[i].startsWith("-") || name != null) {
          throw new IllegalArgumentException(
              "unexpected '" + args[i] + "'; usage: ./penstock bench NAME [--json FILE]");
        } else {
          name = args[i];
        }
      }
      return new Arguments(name, json);
    }
  }
}
