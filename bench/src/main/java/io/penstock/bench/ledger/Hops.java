package io.penstock.bench.ledger;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;

/**
 * Where the latency of requests goes inside the server, and what its ledger's thread did, by the
 * events that it writes for the flight recorder.
 */
final class Hops implements AutoCloseable {
  private static final String REQUEST = "penstock.Request";
  private static final String TRANSACTION = "penstock.LedgerTransaction";
  private static final String PAUSE = "jdk.GCPhasePause";
  private static final Map<String, String> ALL = Map.of("enabled", "true", "threshold", "0 ns");

  private final Recording recording;
  private final Map<String, List<Double>> millis = new TreeMap<>();
  private final Instant begun = Instant.now();
  private double ledgerBusy;

  /** Begins to record. */
  Hops(long pid) throws IOException, InterruptedException {
    recording = new Recording(pid, Map.of(REQUEST, ALL, TRANSACTION, ALL, PAUSE, ALL));
  }

  /** Ends the recording; rows of medians and 99th percentiles. */
  void report(Report report, String item) throws IOException, InterruptedException {
    Duration time = Duration.between(begun, Instant.now());
    recording.stop(this::read);
    for (Entry<String, List<Double>> hop : millis.entrySet()) {
      double[] all = hop.getValue().stream().mapToDouble(Double::doubleValue).toArray();
      String name = item + "." + hop.getKey().replace(' ', '-');
      String what = "in the server: %s, of %d, ".formatted(hop.getKey(), all.length);
      report.add(Row.info(name + ".p50", what + "p50", Numbers.percentile(all, 0.5), "ms"));
      report.add(Row.info(name + ".p99", what + "p99", Numbers.percentile(all, 0.99), "ms"));
    }
    report.add(
        Row.info(
            item + ".ledger.busy",
            "in the server: of the ledger's thread, in transactions",
            100 * ledgerBusy / time.toMillis(),
            "%"));
  }

  private void read(RecordedEvent event) {
    switch (event.getEventType().getName()) {
      case REQUEST -> {
        add("1 before admission", event.getDuration("before"));
        add("2 admission", event.getDuration("admission"));
        add("3 engine first token", event.getDuration("firstToken"));
        add("4 engine all tokens", event.getDuration());
      }
      case TRANSACTION -> {
        boolean settles = event.getInt("settlements") > 0;
        add(
            event.getBoolean("quick")
                ? "ledger one round trip"
                : settles ? "ledger settlement" : "ledger other transaction",
            event.getDuration());
        ledgerBusy += event.getDuration().toNanos() / 1e6;
      }
      case PAUSE -> add("pause of all threads", event.getDuration());
      default -> {} // what the recorder says of itself
    }
  }

  private void add(String hop, Duration took) {
    millis.computeIfAbsent(hop, _ -> new ArrayList<>()).add(took.toNanos() / 1e6);
  }

  @Override
  public void close() throws IOException {
    recording.close();
  }
}
