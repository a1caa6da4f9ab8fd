package io.penstock.bench.ledger;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.ledger.Operator.Tenant;
import io.penstock.bench.ledger.load.LoadProcess;
import io.penstock.bench.ledger.load.LoadSettings;
import io.penstock.bench.ledger.load.Sent;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** PostgreSQL goes away under load and comes back: stopped, killed, and frozen. */
final class OutageScenario implements Scenario {
  private static final int REPLICAS = 2;
  private static final int STREAMS = 40;
  private static final int TOKENS_PER_SECOND = 20;
  private static final Duration BEFORE = Duration.ofSeconds(6);
  private static final Duration AWAY = Duration.ofSeconds(20);
  private static final Duration AWAY_KILLED = Duration.ofSeconds(3);
  private static final Duration AFTER = Duration.ofSeconds(14);
  private static final int STREAM_TOKENS =
      TOKENS_PER_SECOND * (int) BEFORE.plus(AWAY).plusSeconds(6).toSeconds();
  private static final double RATE = 40;

  @Override
  public String name() {
    return "outage";
  }

  /** How the database goes away, or comes back. */
  private interface Change {
    void of(Postgres postgres) throws Exception;
  }

  @Override
  public void run(Report report) throws Exception {
    String models = "null:,paced=null:?tokens-per-second=" + TOKENS_PER_SECOND;
    try (Cluster cluster = new Cluster(report, REPLICAS, models, Map.of())) {
      cluster.warmUp(cluster.newTenant(), Duration.ofSeconds(5));
      Change start =
          postgres -> {
            postgres.start();
            cluster.tables().reconnect();
          };
      report.progress(0.2, "PostgreSQL is stopped for %d s".formatted(AWAY.toSeconds()));
      outage(report, cluster, "outage.stopped", AWAY, Postgres::stop, start);
      report.progress(
          0.4,
          "PostgreSQL is killed and starts again after %d s".formatted(AWAY_KILLED.toSeconds()));
      outage(report, cluster, "outage.killed", AWAY_KILLED, Postgres::kill, start);
      report.add(
          Row.info(
              "outage.killed.recalled",
              "holds that it had forgotten and servers placed again",
              cluster.metric("penstock_ledger_recalled_total"),
              "holds"));
      report.progress(0.7, "PostgreSQL is frozen for %d s".formatted(AWAY.toSeconds()));
      outage(report, cluster, "outage.frozen", AWAY, Postgres::freeze, Postgres::thaw);
    }
  }

  private static void outage(
      Report report, Cluster cluster, String item, Duration duration, Change away, Change back)
      throws Exception {
    Tenant tenant = cluster.newTenant();
    cluster.tables().limit("key", tenant.keyId(), "tokens_per_day", 1_000_000_000L);
    LoadSettings streams =
        LoadSettings.of(cluster.ports(), tenant.key(), "paced")
            .tokens(10, STREAM_TOKENS)
            .burst(STREAMS);
    LoadSettings requests =
        LoadSettings.of(cluster.ports(), tenant.key(), Cluster.MODEL)
            .tokens(10, 5)
            .open(RATE, BEFORE.plus(duration).plus(AFTER));
    try (LoadProcess running = new LoadProcess(streams);
        LoadProcess fresh = new LoadProcess(requests)) {
      running.begin();
      fresh.begin();
      long start = System.nanoTime();
      Thread.sleep(BEFORE);
      double from = (System.nanoTime() - start) / 1e9;
      away.of(cluster.postgres());
      Thread.sleep(duration);
      back.of(cluster.postgres());
      double to = (System.nanoTime() - start) / 1e9;
      List<Sent> streamed = running.await();
      List<Sent> sent = fresh.await();
      streamRows(report, item, streamed);
      requestRows(report, item, sent, from, to);
      Cluster.within(Duration.ofSeconds(15), () -> cluster.tables().holds() == 0);
      ledgerRows(report, item, cluster, tenant, streamed, sent);
    }
  }

  private static void streamRows(Report report, String item, List<Sent> streams) {
    long whole =
        streams.stream()
            .filter(s -> s.end() == Sent.End.WHOLE && s.tokens() == STREAM_TOKENS)
            .count();
    report.add(
        Row.atLeast(
            item + ".streams",
            "streams that went on to their end, of " + STREAMS,
            whole,
            "streams",
            STREAMS));
    String others =
        streams.stream()
            .filter(s -> s.end() != Sent.End.WHOLE || s.tokens() != STREAM_TOKENS)
            .map(
                s ->
                    "%s %s with %d tokens on port %d after %.1f s"
                        .formatted(s.end(), s.code(), s.tokens(), s.port(), s.ended() / 1e9))
            .distinct()
            .limit(5)
            .collect(java.util.stream.Collectors.joining("; "));
    if (!others.isEmpty()) {
      report.note(item + ": streams that did not end whole: " + others);
    }
    double gap = streams.stream().mapToLong(Sent::gap).max().orElse(0) / 1e9;
    report.add(Row.atMost(item + ".gap", "longest pause in a stream", gap, "s", 2));
  }

  private static void requestRows(
      Report report, String item, List<Sent> sent, double from, double to) {
    List<Sent> during =
        sent.stream().filter(s -> s.due() / 1e9 > from + 0.5 && s.due() / 1e9 < to - 0.5).toList();
    long wrong =
        sent.stream()
            .filter(s -> s.end() != Sent.End.WHOLE)
            .filter(s -> s.status() != 503 || !s.retryAfter())
            .count();
    report.add(
        Row.info(
            item + ".refused",
            "of %d new requests meanwhile, 503 with Retry-After".formatted(during.size()),
            during.stream().filter(s -> s.status() == 503 && s.retryAfter()).count(),
            "requests"));
    report.add(
        Row.atMost(
            item + ".wrong",
            "new requests neither served whole nor 503 with Retry-After, of " + sent.size(),
            wrong,
            "requests",
            0));
    report.add(
        Row.atMost(
            item + ".answer",
            "longest wait of a new request meanwhile for its answer",
            during.stream().mapToDouble(Sent::millis).max().orElse(0) / 1e3,
            "s",
            10));
    double back =
        sent.stream()
            .filter(s -> s.end() == Sent.End.WHOLE && s.due() / 1e9 > to)
            .mapToDouble(s -> s.due() / 1e9 - to)
            .min()
            .orElse(Double.NaN);
    report.add(Row.atMost(item + ".back", "until new requests were served again", back, "s", 10));
  }

  private static void ledgerRows(
      Report report,
      String item,
      Cluster cluster,
      Tenant tenant,
      List<Sent> streamed,
      List<Sent> sent)
      throws Exception {
    Map<String, Integer> expected = new HashMap<>();
    streamed.forEach(s -> expected.put(s.requestId(), s.tokens()));
    sent.stream()
        .filter(s -> s.end() == Sent.End.WHOLE)
        .forEach(s -> expected.put(s.requestId(), s.tokens()));
    Map<String, Integer> booked = cluster.tables().completionsByRequest(tenant.keyId());
    long unlike =
        expected.entrySet().stream()
            .filter(e -> !e.getValue().equals(booked.get(e.getKey())))
            .count();
    report.add(
        Row.atMost(
            item + ".unlike",
            "answers not booked exactly as received, of " + expected.size(),
            unlike,
            "answers",
            0));
    long tokensOfOthers =
        booked.entrySet().stream()
            .filter(e -> !expected.containsKey(e.getKey()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    report.add(
        Row.atMost(
            item + ".surplus",
            "tokens booked for requests that got none",
            tokensOfOthers,
            "tokens",
            0));
    report.add(
        Row.atMost(
            item + ".entries",
            "usage rows unlike their ledger entries",
            cluster.tables().rowsUnlikeEntries(tenant.keyId()),
            "rows",
            0));
    report.add(
        Row.atMost(
            item + ".imbalances",
            "accounts unlike their entries, counters unlike their holds, holds left",
            cluster.tables().imbalances() + cluster.tables().holds(),
            "rows",
            0));
  }
}
