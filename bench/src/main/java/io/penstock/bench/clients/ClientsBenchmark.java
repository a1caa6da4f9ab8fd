package io.penstock.bench.clients;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import java.util.List;
import java.util.Set;

/** What is promised of the API that existing clients speak. */
public final class ClientsBenchmark implements Benchmark {
  private static final List<ClientScenario> SCENARIOS =
      List.of(
          new SdkScenario(),
          new StructuredOutputScenario(),
          new StructuredCostScenario(),
          TestedScenario.fuzz(),
          TestedScenario.streaming());

  @Override
  public String name() {
    return "clients";
  }

  @Override
  public String description() {
    return "the API as clients see it: "
        + String.join(", ", SCENARIOS.stream().map(ClientScenario::name).toList());
  }

  @Override
  public Options options(List<String> arguments) {
    Options options = Options.parse(arguments, Set.of(), Set.of());
    List<String> known = SCENARIOS.stream().map(ClientScenario::name).toList();
    for (String word : options.words()) {
      if (!known.contains(word)) {
        throw new IllegalArgumentException(
            "there is no '%s'; there are: %s".formatted(word, String.join(", ", known)));
      }
    }
    return options;
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    for (ClientScenario scenario : SCENARIOS) {
      if (options.words().isEmpty() || options.words().contains(scenario.name())) {
        try {
          scenario.run(report);
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception e) { // the others still say what they can
          report.add(Row.failed(scenario.name(), e.toString().lines().findFirst().orElse("")));
          report.note(e.toString());
        }
      }
    }
  }
}
