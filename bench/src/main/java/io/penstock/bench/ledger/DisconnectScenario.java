package io.penstock.bench.ledger;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.ledger.Operator.Tenant;
import io.penstock.bench.ledger.load.LoadProcess;
import io.penstock.bench.ledger.load.LoadSettings;
import io.penstock.bench.ledger.load.Sent;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Clients that leave in the middle of their answers: booked is what the engine generated. */
final class DisconnectScenario implements Scenario {
  private static final int REPLICAS = 2;
  private static final int STREAMS = 1000;
  private static final int TOKENS = 200;
  private static final int TOKENS_PER_SECOND = 25;
  private static final int SLOW_TOKENS_PER_SECOND = 5;
  private static final String SLOW = "slow";
  private static final String GENERATED = "penstock_engine_generation_tokens_total";
  private static final String RUNNING = "penstock_num_requests_running";

  @Override
  public String name() {
    return "disconnect";
  }

  @Override
  public void run(Report report) throws Exception {
    String models =
        "null:?tokens-per-second=%d,%s=null:?tokens-per-second=%d"
            .formatted(TOKENS_PER_SECOND, SLOW, SLOW_TOKENS_PER_SECOND);
    try (Cluster cluster = new Cluster(report, REPLICAS, models, Map.of())) {
      cluster.warmUp(cluster.newTenant(), Duration.ofSeconds(5));
      Cluster.within(Duration.ofSeconds(10), () -> cluster.metric(RUNNING) == 0);
      many(report, cluster);
      slow(report, cluster);
    }
  }

  private static void many(Report report, Cluster cluster) throws Exception {
    Tenant tenant = cluster.newTenant();
    cluster.tables().limit("key", tenant.keyId(), "tokens_per_day", 1_000_000_000L);
    double generatedBefore = cluster.metric(GENERATED);
    report.progress(0.4, STREAMS + " streams whose clients leave");
    List<Sent> sent =
        LoadProcess.run(
            LoadSettings.of(cluster.ports(), tenant.key(), Cluster.MODEL)
                .tokens(10, TOKENS)
                .leavingAfter(TOKENS)
                .burst(STREAMS));
    long ended = System.nanoTime();
    Cluster.within(Duration.ofSeconds(20), () -> cluster.metric(RUNNING) == 0);
    double free = (System.nanoTime() - ended) / 1e9;
    Cluster.within(
        Duration.ofSeconds(10),
        () -> cluster.tables().holds() == 0 && cluster.tables().rows(tenant.keyId()) == STREAMS);
    double generated = cluster.metric(GENERATED) - generatedBefore;
    long booked = cluster.tables().completionTokens(tenant.keyId());
    report.add(
        Row.info(
            "disconnect.left",
            "clients that left, of " + STREAMS,
            sent.stream().filter(s -> s.end() == Sent.End.LEFT).count(),
            "clients"));
    report.add(
        Row.info(
            "disconnect.received",
            "tokens that clients received",
            sent.stream().mapToLong(Sent::tokens).sum(),
            "tokens"));
    report.add(
        Row.info("disconnect.generated", "tokens that the engines generated", generated, "tokens"));
    report.add(
        new Row(
            "disconnect.booked",
            "completion tokens in the ledger",
            (double) booked,
            "tokens",
            "exactly those generated",
            booked == Math.round(generated)));
    report.add(
        new Row(
            "disconnect.rows",
            "usage rows",
            (double) cluster.tables().rows(tenant.keyId()),
            "rows",
            "one for each stream",
            cluster.tables().rows(tenant.keyId()) == STREAMS));
    report.add(
        Row.atMost(
            "disconnect.entries",
            "usage rows unlike their ledger entries",
            cluster.tables().rowsUnlikeEntries(tenant.keyId()),
            "rows",
            0));
    report.add(
        Row.atMost(
            "disconnect.imbalances",
            "accounts unlike their entries, counters unlike their holds, holds left",
            cluster.tables().imbalances() + cluster.tables().holds(),
            "rows",
            0));
    report.add(
        Row.info(
            "disconnect.free", "from the last end to free engines, as metrics tell", free, "s"));
  }

  /** Steps so long that a token more or less tells how many there were after the client left. */
  private static void slow(Report report, Cluster cluster) throws Exception {
    Tenant tenant = cluster.newTenant();
    int leaveAt = 5;
    report.progress(0.8, "streams with steps of %d ms".formatted(1000 / SLOW_TOKENS_PER_SECOND));
    List<Sent> sent =
        LoadProcess.run(
            LoadSettings.of(cluster.ports(), tenant.key(), SLOW)
                .tokens(10, TOKENS)
                .leavingAt(leaveAt)
                .burst(50));
    Cluster.within(
        Duration.ofSeconds(10), () -> cluster.tables().rows(tenant.keyId()) == sent.size());
    Map<String, Integer> booked = cluster.tables().completionsByRequest(tenant.keyId());
    double[] more =
        sent.stream().mapToDouble(s -> booked.get(s.requestId()) - s.tokens()).toArray();
    report.add(
        Row.atMost(
            "disconnect.steps",
            "most tokens generated after the client left, steps of %d ms, of %d streams"
                .formatted(1000 / SLOW_TOKENS_PER_SECOND, sent.size()),
            Numbers.percentile(more, 1),
            "tokens",
            1));
  }
}
