package io.penstock.bench.ledger;

import io.penstock.bench.Report;
import io.penstock.bench.ledger.Operator.Tenant;
import io.penstock.bench.ledger.load.LoadProcess;
import io.penstock.bench.ledger.load.LoadSettings;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.ServerProcess;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Several packaged servers with a null model on one PostgreSQL, all on this machine. */
final class Cluster implements AutoCloseable {
  static final String MODEL = "null";
  private static final Duration START = Duration.ofMinutes(4);

  private final Postgres postgres;
  private final List<ServerProcess> servers = new ArrayList<>();
  private final Operator operator = new Operator();
  private final LedgerTables tables;
  private int tenants;

  /**
   * @param replicas how many servers
   * @param model location of the null model, with its options
   * @param more further environment variables
   */
  Cluster(Report report, int replicas, String model, Map<String, String> more)
      throws IOException, InterruptedException, SQLException {
    report.progress(0, "starting PostgreSQL and %d servers".formatted(replicas));
    postgres = new Postgres();
    try {
      Map<String, String> settings = new HashMap<>(postgres.environment());
      settings.putAll(
          Map.of(
              "PENSTOCK_MODEL", MODEL + "=" + model,
              "PENSTOCK_API_KEY", "sk-bench-" + UUID.randomUUID(),
              "PENSTOCK_ADMIN_KEY", "sk-bench-admin-" + UUID.randomUUID(),
              "PENSTOCK_KEY_PEPPER", UUID.randomUUID().toString(),
              "PENSTOCK_MAX_QUEUED_REQUESTS", "4096"));
      settings.putAll(more);
      for (int i = 0; i < replicas; i++) {
        servers.add(new ServerProcess(settings));
        if (i == 0) {
          awaitReady(0); // it makes the tables; and builds what is missing
        }
      }
      for (int i = 0; i < replicas; i++) {
        awaitReady(i);
      }
      tables = new LedgerTables(postgres);
    } catch (IOException | InterruptedException | SQLException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Waits until a server takes requests. */
  void awaitReady(int server) throws IOException, InterruptedException {
    try (Client client = new Client(servers.get(server))) {
      servers.get(server).awaitReady(client, START);
    }
  }

  Postgres postgres() {
    return postgres;
  }

  LedgerTables tables() {
    return tables;
  }

  List<ServerProcess> servers() {
    return servers;
  }

  ServerProcess server(int index) {
    return servers.get(index);
  }

  List<Integer> ports() {
    return servers.stream().map(ServerProcess::port).toList();
  }

  Tenant newTenant() throws IOException, InterruptedException {
    return operator.newTenant(servers.getFirst(), "bench-" + ++tenants);
  }

  /** A figure of all servers' metrics, added up. */
  double metric(String name) throws IOException, InterruptedException {
    return operator.metric(servers, name);
  }

  /** So that what is measured is not the JIT compiler. */
  void warmUp(Tenant tenant, Duration time) throws IOException, InterruptedException {
    LoadProcess.run(LoadSettings.of(ports(), tenant.key(), MODEL).closed(64, time).tokens(16, 8));
  }

  /** Waits for a condition; false when it did not come true in time. */
  static boolean within(Duration time, Condition condition) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(20);
    }
    return true;
  }

  /** What is waited for. */
  interface Condition {
    boolean holds() throws Exception;
  }

  @Override
  public void close() throws IOException {
    operator.close();
    for (ServerProcess server : servers) {
      server.close();
    }
    if (tables != null) {
      tables.close();
    }
    postgres.close();
  }
}
