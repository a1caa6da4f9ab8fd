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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A budget that is enough for a quarter of the requests that come at once, on three servers. While
 * they run, somebody reads again and again what is used and held.
 */
final class BudgetScenario implements Scenario {
  private static final int REPLICAS = 3;
  private static final int ENOUGH_FOR = 500;
  private static final int REQUESTS = 2000;
  private static final int PROMPT = 20;
  private static final int OUTPUT = 30;

  @Override
  public String name() {
    return "budget";
  }

  @Override
  public void run(Report report) throws Exception {
    try (Cluster cluster = new Cluster(report, REPLICAS, "null:?tokens-per-second=100", Map.of())) {
      cluster.warmUp(cluster.newTenant(), Duration.ofSeconds(5));
      exact(report, cluster);
      late(report, cluster);
    }
  }

  /** Every request uses all that it holds. */
  private static void exact(Report report, Cluster cluster) throws Exception {
    Tenant tenant = cluster.newTenant();
    long budget = (long) ENOUGH_FOR * (PROMPT + OUTPUT);
    cluster.tables().limit("key", tenant.keyId(), "tokens_per_day", budget);
    report.progress(0.4, REQUESTS + " requests at once");
    Watched watched =
        watched(
            cluster,
            tenant,
            LoadSettings.of(cluster.ports(), tenant.key(), Cluster.MODEL)
                .tokens(PROMPT, OUTPUT)
                .burst(REQUESTS));
    rows(report, "budget", watched, budget, cluster, tenant);
    report.add(
        new Row(
            "budget.answered",
            "requests answered whole, of %d at once on %d servers".formatted(REQUESTS, REPLICAS),
            (double) watched.whole(),
            "requests",
            "exactly " + ENOUGH_FOR,
            watched.whole() == ENOUGH_FOR));
  }

  /** Clients leave early, so that holds are given back, and refused requests try again. */
  private static void late(Report report, Cluster cluster) throws Exception {
    Tenant tenant = cluster.newTenant();
    long budget = (long) ENOUGH_FOR * (PROMPT + OUTPUT);
    cluster.tables().limit("key", tenant.keyId(), "tokens_per_day", budget);
    report.progress(0.7, REQUESTS + " requests whose clients leave early");
    Watched watched =
        watched(
            cluster,
            tenant,
            LoadSettings.of(cluster.ports(), tenant.key(), Cluster.MODEL)
                .tokens(PROMPT, OUTPUT)
                .leavingAfter(OUTPUT)
                .attempts(20)
                .burst(REQUESTS));
    rows(report, "budget.returned", watched, budget, cluster, tenant);
  }

  private record Watched(List<Sent> sent, long most, long looks) {
    long whole() {
      return sent.stream().filter(s -> s.end() == Sent.End.WHOLE).count();
    }

    long status(int from, int to) {
      return sent.stream().filter(s -> s.status() >= from && s.status() < to).count();
    }
  }

  private static Watched watched(Cluster cluster, Tenant tenant, LoadSettings load)
      throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong most = new AtomicLong();
    AtomicLong looks = new AtomicLong();
    try (LedgerTables tables = cluster.tables().another();
        LoadProcess process = new LoadProcess(load)) {
      Thread watch =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (!over.get()) {
                        most.accumulateAndGet(tables.usedAndHeld(tenant.keyId()), Math::max);
                        looks.incrementAndGet();
                        Thread.sleep(1);
                      }
                    } catch (Exception e) {
                      looks.set(-1); // no figure then
                    }
                  });
      process.begin();
      List<Sent> sent = process.await();
      Cluster.within(Duration.ofSeconds(10), () -> cluster.tables().holds() == 0);
      over.set(true);
      watch.join();
      if (looks.get() < 0) {
        throw new IllegalStateException("the counters could not be read while requests ran");
      }
      return new Watched(sent, most.get(), looks.get());
    }
  }

  private static void rows(
      Report report, String item, Watched watched, long budget, Cluster cluster, Tenant tenant)
      throws Exception {
    long booked = cluster.tables().booked(tenant.keyId());
    report.add(
        Row.atMost(
            item + ".most",
            "most tokens used and held at a time, in %d looks".formatted(watched.looks()),
            watched.most(),
            "tokens",
            budget));
    report.add(Row.atMost(item + ".booked", "tokens in the ledger", booked, "tokens", budget));
    report.add(
        Row.atLeast(
            item + ".used", "of the budget, in the ledger", 100.0 * booked / budget, "%", 99));
    report.add(Row.atMost(item + ".5xx", "answers 5xx", watched.status(500, 600), "answers", 0));
    report.add(
        Row.atMost(
            item + ".other",
            "answers that are neither 200 nor 429",
            watched.sent().size() - watched.status(200, 201) - watched.status(429, 430),
            "answers",
            0));
    report.add(
        Row.atMost(item + ".holds", "holds that are left", cluster.tables().holds(), "holds", 0));
    report.add(
        Row.atMost(
            item + ".imbalances",
            "accounts unlike their entries, counters unlike their holds",
            cluster.tables().imbalances(),
            "rows",
            0));
  }
}
