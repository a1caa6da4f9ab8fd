package io.penstock.bench.gpu;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.Client.Accounted;
import io.penstock.bench.server.ServerProcess;
import io.penstock.bench.stream.StreamProcesses;
import io.penstock.bench.stream.StreamRecord;
import io.penstock.bench.stream.StreamSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The packaged server with keys, usage accounting and its embedded PostgreSQL: a closed loop of
 * {@code POST /v1/completions}, token ids in, events out, from processes of their own.
 */
final class Serving {
  static final List<Workload> WORKLOADS =
      List.of(
          new Workload(
              "serve",
              "served",
              "the server under 64 and 256 streams",
              (session, report) -> new Serving(session, report).run()));

  private static final Duration START = Duration.ofMinutes(4);
  private static final int PROMPT = 512;
  private static final int OUTPUT = 128;
  private static final int MOST_PROCESSES = 4;

  private final Session session;
  private final GpuSettings settings;
  private final Report report;
  private int requests;
  private long tokens;

  private Serving(Session session, Report report) {
    this.session = session;
    this.settings = session.settings();
    this.report = report;
  }

  private void run() throws IOException, InterruptedException {
    session.closeEngine();
    Path model = session.model(settings.shape());
    PageCache.fill(model);
    Map<String, String> environment =
        Map.of(
            "PENSTOCK_MODEL",
            "bench=" + model,
            "PENSTOCK_BACKEND",
            settings.backend().name(),
            "PENSTOCK_MAX_QUEUED_REQUESTS",
            "1024");
    try (ServerProcess server = new ServerProcess(environment);
        Client client = new Client(server)) {
      double first = secondsToFirstToken(server, client);
      report.add(Row.info("start.new-data", START_WHAT + ", a database to create", first, "s"));
      server.restart();
      double again = secondsToFirstToken(server, client);
      report.add(
          settings.atMost(
              "start.first-token", START_WHAT + " (vLLM 0.24: 49, 147 cold)", again, "s", 8));
      load(server, 64, new Target(4_377, 5_000, 0, 0));
      load(server, 256, new Target(5_052, 6_500, 32, 80));
      Accounted accounted = client.accounted(requests);
      report.add(
          new Row(
              "serve.accounted",
              "tokens in the usage table, of %,d received in %,d requests"
                  .formatted(tokens, requests),
              (double) accounted.tokens(),
              "tokens",
              "equal to those received",
              accounted.tokens() == tokens && accounted.rows() == requests));
    }
    report.note(
        "vLLM 0.24 over HTTP, 64 and 256 streams: TTFT p50/p99 510/824 and 1,749/3,228 ms; chunk gaps"
            + " p50/p90/p99 8.6/9.2/135 and 28/38/204 ms");
  }

  private static final String START_WHAT =
      "process start to first token, weights in the page cache";

  /** From the launcher's start, for a request that is sent as soon as the server is ready. */
  private double secondsToFirstToken(ServerProcess server, Client client)
      throws IOException, InterruptedException {
    server.awaitReady(client, START);
    double ready = (System.nanoTime() - server.startedNanos()) / 1e9;
    return ready + run(stream(server, 1, 16, 1, 0, 1), 1).firsts()[0];
  }

  private StreamSettings stream(
      ServerProcess server, int streams, int prompt, int output, int warmUp, int window) {
    return new StreamSettings(
        server.uri("/").getPort(),
        server.apiKey(),
        "bench",
        streams,
        prompt,
        output,
        settings.shape().vocab(),
        warmUp,
        window,
        streams,
        "");
  }

  private StreamRecord run(StreamSettings what, int processes)
      throws IOException, InterruptedException {
    StreamRecord record = StreamProcesses.run(what, processes);
    requests += record.requests();
    tokens += record.tokens();
    if (!record.failure().isEmpty()) {
      throw new IllegalStateException("a stream failed: " + record.failure());
    }
    return record;
  }

  /**
   * @param vllm tokens per second that vLLM serves
   * @param gapP50 milliseconds; 0 for no target
   */
  private record Target(double vllm, double rate, double gapP50, double gapP99) {}

  private void load(ServerProcess server, int streams, Target target)
      throws IOException, InterruptedException {
    report.progress(0.5, "%d streams, %d in, %d out".formatted(streams, PROMPT, OUTPUT));
    int window = settings.quick() ? 12_000 : 30_000;
    int processes = Math.clamp(Runtime.getRuntime().availableProcessors() / 4, 1, MOST_PROCESSES);
    Duration processorBefore = server.processorTime();
    long start = System.nanoTime();
    StreamRecord record =
        run(stream(server, streams, PROMPT, OUTPUT, window / 3, window), processes);
    double seconds = (System.nanoTime() - start) / 1e9;
    String item = "serve." + streams;
    String what = "%d streams".formatted(streams);
    report.add(
        settings.atLeast(
            item + ".rate",
            "served, %s, %d in, %d out, output (vLLM 0.24: %s)"
                .formatted(what, PROMPT, OUTPUT, Numbers.text(target.vllm)),
            record.windowTokens() * 1e3 / window,
            "tokens/s",
            target.rate));
    report.add(
        Row.atLeast(
            item + ".complete",
            what + ", requests answered whole",
            record.complete(),
            "requests",
            record.requests()));
    percentiles(item + ".ttft", what + ", time to first token", record.firsts(), 0, 0);
    percentiles(
        item + ".gap", what + ", gap of chunks", record.gaps(), target.gapP50, target.gapP99);
    report.add(
        Row.info(
            item + ".client",
            "%s, processor time of the %d load processes".formatted(what, processes),
            record.processorNanos() * (double) processes / record.wallNanos(),
            "cores"));
    report.add(
        Row.info(
            item + ".server",
            what + ", processor time of the server",
            server.processorTime().minus(processorBefore).toNanos() / 1e9 / seconds,
            "cores"));
  }

  private void percentiles(String item, String what, float[] values, double p50, double p99) {
    double[] millis = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      millis[i] = values[i] * 1e3;
    }
    percentile(item, what, "p50", Numbers.percentile(millis, 0.5), p50);
    percentile(item, what, "p90", Numbers.percentile(millis, 0.9), 0);
    percentile(item, what, "p99", Numbers.percentile(millis, 0.99), p99);
  }

  private void percentile(String item, String what, String name, double millis, double bound) {
    report.add(
        bound > 0
            ? settings.atMost(item + "." + name, what + ", " + name, millis, "ms", bound)
            : Row.info(item + "." + name, what + ", " + name, millis, "ms"));
  }
}
