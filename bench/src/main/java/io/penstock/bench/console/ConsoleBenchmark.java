package io.penstock.bench.console;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Installation;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The console of the packaged application, as a person uses it. {@code flow}: headless Chromium
 * clicks through what it is for, then looks at every page in both themes and sizes (pictures go to
 * {@code --shots DIR}): what axe finds, JavaScript, requests, web vitals, the policy, a path
 * prefix, and whether the numbers are the ledger's. {@code live}: Overview with two hundred
 * streams. {@code lists}: every page over a million usage rows. {@code --quick}, as continuous
 * integration runs it, is the first alone.
 */
public final class ConsoleBenchmark implements Benchmark {
  private static final Duration START = Duration.ofMinutes(3);
  private static final Set<String> PARTS = Set.of("flow", "lists", "live");

  @Override
  public String name() {
    return "console";
  }

  @Override
  public String description() {
    return "the console in headless Chromium: flow, live, lists; --quick, --shots DIR";
  }

  @Override
  public Options options(List<String> arguments) {
    Options options = Options.parse(arguments, Set.of("shots"), Set.of("quick"));
    for (String word : options.words()) {
      if (!PARTS.contains(word)) {
        throw new IllegalArgumentException(
            "there is no '%s'; there are: %s".formatted(word, PARTS));
      }
    }
    return options;
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    Path shots =
        Installation.root().resolve(options.text("shots", "target/console")).toAbsolutePath();
    Files.createDirectories(shots);
    boolean quick = options.has("quick");
    if (wants(options, "flow")) {
      flow(shots, quick, report);
    }
    if (!quick && wants(options, "live")) {
      live(shots, report);
    }
    if (!quick && wants(options, "lists")) {
      ListTimes.measure(report);
    }
  }

  private static boolean wants(Options options, String part) {
    return options.words().isEmpty() || options.words().contains(part);
  }

  private static void flow(Path shots, boolean quick, Report report) throws Exception {
    Map<String, String> settings =
        Map.of(
            "PENSTOCK_MODEL",
            "SmolLM2-135M-Instruct=" + Installation.bundledModel(),
            "PENSTOCK_WEBHOOK_PRIVATE_NETWORKS",
            "true");
    try (ServerProcess server = new ServerProcess(settings)) {
      report.progress(0.05, "starting the server");
      String model = server.awaitReady(new Client(server), START);
      List<String> arguments = arguments("console.mjs", server);
      arguments.addAll(
          List.of(
              "--model",
              model,
              "--model-path",
              Installation.bundledModel().toString(),
              "--shots",
              shots.toString()));
      if (quick) {
        arguments.add("--quick");
      }
      report.note("pictures are in " + shots);
      report.progress(0.1, "clicking");
      Browser.run(arguments, report);
    }
  }

  private static void live(Path shots, Report report) throws Exception {
    Map<String, String> settings =
        Map.of("PENSTOCK_MODEL", "null=null:?tokens-per-second=20&output-tokens=100000");
    try (ServerProcess server = new ServerProcess(settings)) {
      report.progress(0.5, "starting a server for two hundred streams");
      server.awaitReady(new Client(server), START);
      List<String> arguments = arguments("live.mjs", server);
      arguments.addAll(List.of("--shots", shots.toString()));
      Browser.run(arguments, report);
    }
  }

  static List<String> arguments(String script, ServerProcess server) {
    return new ArrayList<>(
        List.of(
            "node",
            Installation.root().resolve("admin-ui/e2e").resolve(script).toString(),
            "--base",
            server.uri("").toString(),
            "--admin-key",
            server.adminKey()));
  }
}
