package io.penstock.bench.ledger;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.ledger.Operator.Tenant;
import io.penstock.bench.ledger.load.LoadProcess;
import io.penstock.bench.ledger.load.LoadSettings;
import io.penstock.bench.ledger.load.Sent;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A server is killed while streams run on it; others settle what it held. */
final class KillScenario implements Scenario {
  private static final int REPLICAS = 3;
  private static final int STREAMS = 200;
  private static final int TOKENS_PER_SECOND = 50;
  private static final int CHECKPOINT_TOKENS = 64;
  private static final Duration RUNNING = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "kill";
  }

  @Override
  public void run(Report report) throws Exception {
    String model = "null:?tokens-per-second=" + TOKENS_PER_SECOND;
    try (Cluster cluster = new Cluster(report, REPLICAS, model, Map.of())) {
      cluster.warmUp(cluster.newTenant(), Duration.ofSeconds(5));
      Tenant tenant = cluster.newTenant();
      cluster.tables().limit("key", tenant.keyId(), "tokens_per_day", 1_000_000_000L);
      int victim = REPLICAS - 1;
      LoadSettings load =
          LoadSettings.of(List.of(cluster.server(victim).port()), tenant.key(), Cluster.MODEL)
              .tokens(20, 4000)
              .burst(STREAMS);
      report.progress(0.5, STREAMS + " streams on a server that will be killed");
      try (LoadProcess process = new LoadProcess(load)) {
        process.begin();
        Cluster.within(PATIENCE, () -> cluster.tables().holds() == STREAMS);
        Thread.sleep(RUNNING);
        long held = cluster.tables().holds();
        report.add(Row.atLeast("kill.running", "holds when it is killed", held, "holds", STREAMS));
        cluster.server(victim).kill();
        long killed = System.nanoTime();
        Cluster.within(PATIENCE, () -> cluster.tables().holds() == 0);
        double settled = (System.nanoTime() - killed) / 1e9;
        report.add(
            new Row(
                "kill.settled",
                "until every hold was settled",
                settled,
                "s",
                "at most 10",
                cluster.tables().holds() == 0 && settled <= 10));
        rows(report, cluster, tenant, process.await());
      }
      report.progress(0.8, "starting it again");
      cluster.server(victim).start();
      cluster.awaitReady(victim);
      restarted(report, cluster, tenant, victim);
    }
  }

  private static void rows(Report report, Cluster cluster, Tenant tenant, List<Sent> sent)
      throws Exception {
    Map<String, Integer> booked = cluster.tables().completionsByRequest(tenant.keyId());
    long missing = sent.stream().filter(s -> !booked.containsKey(s.requestId())).count();
    int below = 0;
    int above = 0;
    for (Sent one : sent) {
      int difference = booked.getOrDefault(one.requestId(), 0) - one.tokens();
      below = Math.max(below, -difference);
      above = Math.max(above, difference);
    }
    report.add(Row.atMost("kill.missing", "streams without a usage row", missing, "streams", 0));
    report.add(
        Row.atMost(
            "kill.below",
            "most tokens that a client received and were not booked",
            below,
            "tokens",
            CHECKPOINT_TOKENS));
    report.add(
        Row.atMost(
            "kill.above",
            "most tokens that were booked and a client did not receive",
            above,
            "tokens",
            CHECKPOINT_TOKENS));
    report.add(
        Row.atMost(
            "kill.imbalances",
            "accounts unlike their entries, counters unlike their holds",
            cluster.tables().imbalances(),
            "rows",
            0));
    report.add(
        Row.atMost(
            "kill.unlike",
            "usage rows unlike their ledger entries",
            cluster.tables().rowsUnlikeEntries(tenant.keyId()),
            "rows",
            0));
  }

  private static void restarted(Report report, Cluster cluster, Tenant tenant, int victim)
      throws Exception {
    long before = cluster.tables().completionTokens(tenant.keyId());
    List<Sent> again =
        LoadProcess.run(
            LoadSettings.of(List.of(cluster.server(victim).port()), tenant.key(), Cluster.MODEL)
                .tokens(20, 10)
                .burst(20));
    long whole = again.stream().filter(s -> s.end() == Sent.End.WHOLE).count();
    report.add(
        Row.atLeast(
            "kill.restarted", "answers of the restarted server, of 20", whole, "answers", 20));
    Cluster.within(Duration.ofSeconds(5), () -> cluster.tables().holds() == 0);
    long booked = cluster.tables().completionTokens(tenant.keyId()) - before;
    report.add(
        new Row(
            "kill.after",
            "tokens booked after its return",
            (double) booked,
            "tokens",
            "exactly 200: nothing twice",
            booked == 200));
  }
}
