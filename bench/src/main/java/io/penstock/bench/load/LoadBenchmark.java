package io.penstock.bench.load;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Installation;
import io.penstock.bench.Numbers;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.Client.Accounted;
import io.penstock.bench.server.Client.Received;
import io.penstock.bench.server.ProcessStatus;
import io.penstock.bench.server.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The packaged server under many streams at once: everything finishes, every token is accounted,
 * and nothing grows.
 */
public final class LoadBenchmark implements Benchmark {
  private static final int CLIENTS = 200;
  private static final int TOKENS = 64;
  private static final String GREETING = "Say hello.";
  private static final int ROUNDS = 3;
  private static final Duration START = Duration.ofMinutes(4);
  private static final double MEGA = 1e6;

  @Override
  public String name() {
    return "load";
  }

  @Override
  public String description() {
    return "the packaged server under 200 streams, three times: completeness, accounting, memory";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    report.progress(0, "starting the server");
    try (ServerProcess server = new ServerProcess();
        Client client = new Client(server)) {
      String model = server.awaitReady(client, START);
      List<Received> all = new ArrayList<>();
      all.add(client.stream(model, GREETING, TOKENS));
      report.add(
          Row.info(
              "start.new-data",
              "first streamed token, with a database to create",
              secondsToFirstToken(server, all.getFirst()),
              "s"));
      report.progress(0.05, "starting it again");
      server.restart();
      server.awaitReady(client, START);
      all.add(client.stream(model, GREETING, TOKENS));
      report.add(
          Row.atMost(
              "start.first-token",
              "launcher called again to first streamed token",
              secondsToFirstToken(server, all.getLast()),
              "s",
              6));
      double bound = (1.5 * Files.size(Installation.bundledModel()) + 600e6) / MEGA;
      report.add(
          Row.atMost(
              "memory.serving",
              "resident memory after the first answer",
              resident(server),
              "MB",
              bound));

      List<ProcessStatus> after = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        report.progress(0.1 + 0.3 * round, "round " + (round + 1) + " of " + ROUNDS);
        List<Received> received = round(client, model);
        all.addAll(received);
        after.add(server.status());
        addRound(report, round + 1, received);
        report.add(
            Row.info(
                "round%d.memory".formatted(round + 1),
                "resident memory after it",
                resident(server),
                "MB"));
      }
      report.progress(0.98, "comparing with the usage table");
      addTotals(report, all, client.accounted(all.size()));
      addGrowth(report, after, bound);
    }
    report.note(
        "%d clients at once, %d tokens each, %d rounds; client and server share this machine"
            .formatted(CLIENTS, TOKENS, ROUNDS));
  }

  /** From the last call of the launcher to the first token of the answer just received. */
  private static double secondsToFirstToken(ServerProcess server, Received last) {
    return (System.nanoTime() - server.startedNanos() - last.totalNanos() + last.firstTokenNanos())
        / 1e9;
  }

  private static List<Received> round(Client client, String model)
      throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Received>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String prompt = "Tell me a short story about the number " + i + ".";
        running.add(threads.submit(() -> client.stream(model, prompt, TOKENS)));
      }
      List<Received> received = new ArrayList<>();
      for (Future<Received> stream : running) {
        received.add(stream.get());
      }
      return received;
    }
  }

  private static void addRound(Report report, int round, List<Received> received) {
    double[] first = received.stream().mapToDouble(r -> r.firstTokenNanos() / 1e9).toArray();
    double slowest = received.stream().mapToDouble(r -> r.totalNanos() / 1e9).max().orElseThrow();
    int tokens = received.stream().mapToInt(Received::tokens).sum();
    String item = "round" + round;
    report.add(Row.info(item + ".rate", "output, all streams", tokens / slowest, "tokens/s"));
    report.add(
        Row.info(item + ".ttft.p50", "time to first token, median", Numbers.median(first), "s"));
    report.add(
        Row.info(
            item + ".ttft.p99", "time to first token, p99", Numbers.percentile(first, 0.99), "s"));
  }

  private static void addTotals(Report report, List<Received> all, Accounted accounted) {
    long complete = all.stream().filter(r -> r.complete() && r.tokens() == TOKENS).count();
    long tokens = all.stream().mapToLong(Received::tokens).sum();
    report.add(
        Row.atLeast(
            "streams.complete",
            "streams that ended whole, with every token",
            complete,
            "streams",
            all.size()));
    report.add(Row.info("tokens.received", "tokens that clients received", tokens, "tokens"));
    report.add(
        new Row(
            "tokens.accounted",
            "tokens in the usage table",
            (double) accounted.tokens(),
            "tokens",
            "equal to those received",
            accounted.tokens() == tokens && accounted.rows() == all.size()));
  }

  private static void addGrowth(Report report, List<ProcessStatus> after, double bound) {
    ProcessStatus first = after.getFirst();
    ProcessStatus last = after.getLast();
    report.add(
        Row.atMost(
            "threads.growth",
            "threads after the last round against the first",
            last.threads() - first.threads(),
            "threads",
            0));
    double growth = (last.residentBytes() - first.residentBytes()) * 100.0 / first.residentBytes();
    report.add(
        Row.atMost(
            "memory.growth",
            "resident memory after the last round against the first",
            growth,
            "%",
            3));
    report.add(
        Row.atMost(
            "memory.loaded",
            "resident memory after the last round",
            last.residentBytes() / MEGA,
            "MB",
            bound));
  }

  private static double resident(ServerProcess server) throws IOException {
    return server.status().residentBytes() / MEGA;
  }
}
