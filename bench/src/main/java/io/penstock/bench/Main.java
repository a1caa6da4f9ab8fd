package io.penstock.bench;

import io.penstock.bench.clients.ClientsBenchmark;
import io.penstock.bench.console.ConsoleBenchmark;
import io.penstock.bench.cpu.CpuBenchmark;
import io.penstock.bench.embeddings.EmbeddingsBenchmark;
import io.penstock.bench.gpu.GpuBenchmark;
import io.penstock.bench.ledger.LedgerBenchmark;
import io.penstock.bench.load.LoadBenchmark;
import io.penstock.bench.sched.SchedBenchmark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code ./penstock bench [NAME] [OPTIONS] [--json FILE]}. Exits with 0 when every target holds, 1
 * when one does not, 2 when it could not measure.
 */
public final class Main {
  static final List<Benchmark> BENCHMARKS =
      List.of(
          new CpuBenchmark(),
          new LoadBenchmark(),
          new GpuBenchmark(),
          new SchedBenchmark(),
          new LedgerBenchmark(),
          new EmbeddingsBenchmark(),
          new ClientsBenchmark(),
          new ConsoleBenchmark());

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
      System.out.println("usage: ./penstock bench NAME [OPTIONS] [--json FILE]\n");
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
    Options options;
    try {
      options = found.get().options(arguments.rest());
    } catch (IllegalArgumentException e) {
      System.err.printf("bench %s: %s%n", arguments.name(), e.getMessage());
      return 2;
    }
    ProgressBar bar = new ProgressBar(System.err, System.console() != null);
    Path json = arguments.json();
    Report report =
        new Report(
            bar,
            r -> {
              if (json != null) {
                RowFile.write(json, r.rows());
              }
            });
    try {
      found.get().run(options, report);
      bar.clear();
      System.out.print(Table.render(report.rows()));
      report.notes().forEach(note -> System.out.println("- " + note));
    } catch (Exception e) {
      bar.clear();
      System.err.printf(
          "bench %s could not measure: %s%n",
          arguments.name(), e.getMessage() == null ? e : e.getMessage());
      return 2;
    }
    return report.allHold() ? 0 : 1;
  }

  /**
   * The command line.
   *
   * @param rest what is the benchmark's own
   */
  record Arguments(String name, List<String> rest, Path json) {
    static Arguments parse(String[] args) {
      String name = null;
      Path json = null;
      List<String> rest = new ArrayList<>();
      for (int i = 0; i < args.length; i++) {
        if (args[i].equals("--json")) {
          if (i + 1 == args.length) {
            throw new IllegalArgumentException("--json needs a file name");
          }
          json = Path.of(args[++i]);
        } else if (name != null) {
          rest.add(args[i]);
        } else if (args[i].startsWith("-")) {
          throw new IllegalArgumentException(
              "unexpected '" + args[i] + "'; usage: ./penstock bench NAME [OPTIONS] [--json FILE]");
        } else {
          name = args[i];
        }
      }
      return new Arguments(name, List.copyOf(rest), json);
    }
  }
}
