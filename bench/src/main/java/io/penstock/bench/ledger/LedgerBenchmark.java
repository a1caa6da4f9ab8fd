package io.penstock.bench.ledger;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import java.util.List;
import java.util.Set;

/**
 * What is promised of tenants, limits and the ledger, on the packaged application with a real
 * PostgreSQL and a model that computes nothing.
 */
public final class LedgerBenchmark implements Benchmark {
  private static final List<Scenario> SCENARIOS =
      List.of(
          new BudgetScenario(),
          new KillScenario(),
          new OutageScenario(),
          new DisconnectScenario(),
          new CostScenario(),
          TestScenario.matrix(),
          TestScenario.fuzz());

  @Override
  public String name() {
    return "ledger";
  }

  @Override
  public String description() {
    return "limits and ledger, on several servers and a PostgreSQL: "
        + String.join(", ", SCENARIOS.stream().map(Scenario::name).toList());
  }

  @Override
  public Options options(List<String> arguments) {
    Options options = Options.parse(arguments, Set.of(), Set.of());
    List<String> known = SCENARIOS.stream().map(Scenario::name).toList();
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
    for (Scenario scenario : SCENARIOS) {
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
