package io.penstock.bench.ledger;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.ledger.Operator.Tenant;
import io.penstock.bench.ledger.load.BareServer;
import io.penstock.bench.ledger.load.LoadProcess;
import io.penstock.bench.ledger.load.LoadSettings;
import io.penstock.bench.ledger.load.Sent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What the whole path costs when the model costs nothing: key, limits of every kind on
 * organization, project and key, hold, stream, settlement. Server, PostgreSQL and load generator
 * share the machine.
 */
final class CostScenario implements Scenario {
  static final String PACED = "paced";
  private static final int PROMPT = 16;
  private static final int OUTPUT = 8;
  private static final double RATE = 500;
  private static final Duration WINDOW = Duration.ofSeconds(20);

  /** Under load until the server's compiler takes but a small share of its time. */
  private static final Duration WARM_UP = Duration.ofSeconds(15);

  private static final int MOST_WARM_UPS = 12;
  private static final double COMPILING = 0.08;
  private static final Duration GENERATOR_WARM_UP = Duration.ofSeconds(6);
  private static final int CONNECTIONS = 64;
  private static final int STREAMS = 100;
  private static final int STREAM_TOKENS = 1000;
  private static final int TOKENS_PER_SECOND = 100;
  private static final double PLENTY = 1e12;

  @Override
  public String name() {
    return "cost";
  }

  @Override
  public void run(Report report) throws Exception {
    String models = "null:," + PACED + "=null:?tokens-per-second=" + TOKENS_PER_SECOND;
    try (Cluster cluster = new Cluster(report, 1, models, Map.of())) {
      Tenant tenant = cluster.newTenant();
      limitEverything(cluster, tenant);
      LoadSettings load =
          LoadSettings.of(cluster.ports(), tenant.key(), Cluster.MODEL).tokens(PROMPT, OUTPUT);
      report.progress(0.15, "warming up");
      warmUp(report, cluster, tenant);

      report.progress(0.3, CONNECTIONS + " connections, as fast as they can");
      closed(report, cluster, load);
      // what so many requests left would be cleared away while few are measured
      cluster.tables().vacuum();
      report.progress(0.5, "one request at a time");
      List<Sent> alone =
          warm(LoadProcess.run(load.closed(1, GENERATOR_WARM_UP.plus(Duration.ofSeconds(5)))));
      report.add(
          Row.info("cost.alone.p50", "one at a time, whole answer, p50", p(alone, 0.5), "ms"));
      report.progress(0.65, "%.0f requests a second".formatted(RATE));
      open(report, cluster, load);
      report.progress(0.85, STREAMS + " long streams");
      streams(report, cluster, tenant);
      report.add(
          Row.atMost(
              "cost.imbalances",
              "accounts unlike their entries, counters unlike their holds, after all that",
              cluster.tables().imbalances(),
              "rows",
              0));
    }
    report.note(
        "cost: %d prompt tokens, %d output tokens, streamed; limits of %d kinds on organization, project and key; load generator, server and PostgreSQL on %d processors"
            .formatted(
                PROMPT,
                OUTPUT,
                LedgerTables.KINDS.size(),
                Runtime.getRuntime().availableProcessors()));
  }

  private static void limitEverything(Cluster cluster, Tenant tenant) throws Exception {
    for (String kind : LedgerTables.KINDS) {
      cluster.tables().limit("organization", tenant.id(), kind, (long) PLENTY);
      cluster
          .tables()
          .limit("project", cluster.tables().project(tenant.keyId()), kind, (long) PLENTY);
      cluster.tables().limit("key", tenant.keyId(), kind, (long) PLENTY);
    }
  }

  /**
   * Requests at random times; and the same requests at the same times to a server that has the
   * answer ready, before and after. What is promised is the difference.
   */
  private static void open(Report report, Cluster cluster, LoadSettings load) throws Exception {
    LoadSettings paced = load.open(RATE, GENERATOR_WARM_UP.plus(WINDOW));
    List<Sent> bare = new ArrayList<>();
    List<Sent> all;
    try (BareServer server = new BareServer(load)) {
      LoadSettings ready =
          load.at(List.of(server.port())).open(RATE, GENERATOR_WARM_UP.plus(WINDOW.dividedBy(2)));
      bare.addAll(warm(LoadProcess.run(ready)));
      all = through(report, cluster, paced);
      bare.addAll(warm(LoadProcess.run(ready)));
    }
    List<Sent> sent = warm(all);
    for (double share : List.of(0.5, 0.99)) {
      String p = share == 0.5 ? "p50" : "p99";
      report.add(
          Row.info(
              "cost.bare." + p,
              "the same load, answers that are ready, " + p,
              p(bare, share),
              "ms"));
      report.add(
          Row.atMost(
              "cost.added." + p,
              "what key, admission, stream and settlement add at %.0f req/s, %s".formatted(RATE, p),
              p(sent, share) - p(bare, share),
              "ms",
              share == 0.5 ? 2 : 10));
    }
  }

  private static List<Sent> through(Report report, Cluster cluster, LoadSettings paced)
      throws Exception {
    long pid = cluster.server(0).pid();
    try (Hops hops = new Hops(pid);
        LoadProcess process = new LoadProcess(paced)) {
      ThreadTimes before = ThreadTimes.of(pid);
      Duration database = cluster.postgres().processorTime();
      process.begin();
      List<Sent> all = process.await();
      ThreadTimes used = ThreadTimes.of(pid).since(before);
      double postgres = seconds(cluster.postgres().processorTime().minus(database));
      double perRequest = 1e6 / all.size();
      hops.report(report, "cost.open.hop");
      latencies(report, all);
      processorTime(
          report,
          "cost.open",
          "at %.0f req/s, ".formatted(RATE),
          used,
          postgres,
          seconds(process.processorTime()),
          perRequest);
      return all;
    }
  }

  /**
   * @param perRequest microseconds that a second is of each request
   */
  private static void processorTime(
      Report report,
      String item,
      String when,
      ThreadTimes server,
      double postgres,
      double generator,
      double perRequest) {
    String what = when + "processor time of ";
    report.add(
        Row.info(item + ".cpu.server", what + "the server", server.total() * perRequest, "us/req"));
    report.add(
        Row.info(item + ".cpu.postgres", what + "PostgreSQL", postgres * perRequest, "us/req"));
    report.add(
        Row.info(
            item + ".cpu.generator",
            what + "the load generator",
            generator * perRequest,
            "us/req"));
    server
        .seconds()
        .forEach(
            (kind, time) ->
                report.add(
                    Row.info(
                        item + ".thread." + slug(kind),
                        when + "of the server: " + kind,
                        time * perRequest,
                        "us/req")));
  }

  private static void latencies(Report report, List<Sent> all) {
    List<Sent> sent = warm(all);
    double[] late = sent.stream().mapToDouble(s -> (s.sent() - s.due()) / 1e6).toArray();
    report.add(
        Row.info(
            "cost.open.p50", "%.0f req/s, whole answer, p50".formatted(RATE), p(sent, 0.5), "ms"));
    report.add(Row.info("cost.open.p99", "the same, p99", p(sent, 0.99), "ms"));
    report.add(Row.info("cost.open.p999", "the same, p99.9", p(sent, 0.999), "ms"));
    report.add(
        Row.info(
            "cost.open.first", "first token, p50", percentile(sent, Sent::firstMillis, 0.5), "ms"));
    report.add(
        Row.info(
            "cost.open.late",
            "sent late by the generator, p99 (in the figures above)",
            Numbers.percentile(late, 0.99),
            "ms"));
    report.add(
        Row.info(
            "cost.open.late.p50",
            "sent late by the generator, p50",
            Numbers.percentile(late, 0.5),
            "ms"));
    report.add(
        Row.info(
            "cost.open.sent.p50",
            "whole answer from when it was sent, p50",
            percentile(sent, Sent::sentMillis, 0.5),
            "ms"));
    report.add(whole("cost.open.whole", all));
  }

  private static void warmUp(Report report, Cluster cluster, Tenant tenant) throws Exception {
    long pid = cluster.server(0).pid();
    double compiling = 1;
    int rounds = 0;
    while (compiling > COMPILING && rounds++ < MOST_WARM_UPS) {
      ThreadTimes before = ThreadTimes.of(pid);
      cluster.warmUp(tenant, WARM_UP);
      ThreadTimes used = ThreadTimes.of(pid).since(before);
      compiling = used.seconds().getOrDefault("JIT compiler", 0.0) / used.total();
    }
    report.note(
        "cost: warmed up for %d s; the compiler took %.0f %% of the server's time in the last %d s of them"
            .formatted(rounds * WARM_UP.toSeconds(), 100 * compiling, WARM_UP.toSeconds()));
  }

  private static List<Sent> warm(List<Sent> all) {
    return all.stream().filter(s -> s.due() > GENERATOR_WARM_UP.toNanos()).toList();
  }

  private static void closed(Report report, Cluster cluster, LoadSettings load) throws Exception {
    long pid = cluster.server(0).pid();
    try (LoadProcess process = new LoadProcess(load.closed(CONNECTIONS, WINDOW));
        Profile profile = new Profile(pid)) {
      ThreadTimes before = ThreadTimes.of(pid);
      Duration database = cluster.postgres().processorTime();
      Duration client = process.processorTime();
      process.begin();
      List<Sent> all = process.await();
      ThreadTimes used = ThreadTimes.of(pid).since(before);
      double databaseSeconds = seconds(cluster.postgres().processorTime().minus(database));
      double clientSeconds = seconds(process.processorTime().minus(client));
      double rate = all.size() / (all.stream().mapToLong(Sent::ended).max().orElseThrow() / 1e9);
      report.add(
          Row.atLeast(
              "cost.closed.rate", CONNECTIONS + " connections, closed loop", rate, "req/s", 1500));
      report.add(Row.info("cost.closed.p50", "the same, whole answer, p50", p(all, 0.5), "ms"));
      report.add(Row.info("cost.closed.p99", "the same, p99", p(all, 0.99), "ms"));
      report.add(whole("cost.closed.whole", all));
      double perRequest = 1e6 / all.size();
      processorTime(report, "cost", "", used, databaseSeconds, clientSeconds, perRequest);
      profile
          .shares()
          .forEach(
              (part, share) ->
                  report.add(
                      Row.info(
                          "cost.part." + slug(part),
                          "of its Java code: " + part,
                          100 * share,
                          "%")));
    }
  }

  /** Streams at a real model's pace: what a token costs while the limits watch. */
  private static void streams(Report report, Cluster cluster, Tenant tenant) throws Exception {
    long pid = cluster.server(0).pid();
    LoadSettings load =
        LoadSettings.of(cluster.ports(), tenant.key(), PACED)
            .tokens(PROMPT, STREAM_TOKENS)
            .burst(STREAMS);
    try (LoadProcess process = new LoadProcess(load);
        Profile profile = new Profile(pid)) {
      ThreadTimes before = ThreadTimes.of(pid);
      Duration database = cluster.postgres().processorTime();
      process.begin();
      List<Sent> all = process.await();
      ThreadTimes used = ThreadTimes.of(pid).since(before);
      double databaseSeconds = seconds(cluster.postgres().processorTime().minus(database));
      long tokens = all.stream().mapToLong(Sent::tokens).sum();
      double code = profile.shares().getOrDefault("limits and ledger", 0.0) * used.total();
      report.add(whole("cost.streams.whole", all));
      report.add(
          Row.info(
              "cost.token.server",
              "%d streams of %d tokens/s: processor time of the server"
                  .formatted(STREAMS, TOKENS_PER_SECOND),
              used.total() * 1e6 / tokens,
              "us/token"));
      report.add(
          Row.atMost(
              "cost.token.ledger",
              "the same: of limits and ledger, in the server and in PostgreSQL",
              (code + databaseSeconds) * 1e6 / tokens,
              "us/token",
              5));
    }
  }

  private static Row whole(String item, List<Sent> all) {
    long whole = all.stream().filter(s -> s.end() == Sent.End.WHOLE).count();
    return new Row(
        item,
        "requests answered whole, of %d".formatted(all.size()),
        (double) whole,
        "requests",
        "all",
        whole == all.size());
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  private static double p(List<Sent> sent, double share) {
    return percentile(sent, Sent::millis, share);
  }

  private static double percentile(List<Sent> sent, ToDoubleFunction<Sent> value, double share) {
    return Numbers.percentile(
        sent.stream().filter(s -> s.end() == Sent.End.WHOLE).mapToDouble(value).toArray(), share);
  }

  private static String slug(String text) {
    return text.toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
  }
}
