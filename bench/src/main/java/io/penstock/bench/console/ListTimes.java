package io.penstock.bench.console;

import io.penstock.bench.Installation;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.ledger.Postgres;
import io.penstock.bench.server.Client;
import io.penstock.bench.server.ServerProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long the console's lists take over a million usage rows of a thousand organizations: each
 * page in the browser, then what its filters, sums and later pages ask for.
 */
final class ListTimes {
  private static final double MOST_MILLIS = 150;
  private static final int TRIES = 15;
  private static final int WARM_UPS = 5;

  private ListTimes() {}

  static void measure(Report report) throws Exception {
    try (Postgres postgres = new Postgres()) {
      Map<String, String> settings = new HashMap<>(postgres.environment());
      settings.put("PENSTOCK_MODEL", "null=null:");
      try (ServerProcess server = new ServerProcess(settings)) {
        report.progress(0.7, "starting a server for the lists");
        server.awaitReady(new Client(server), Duration.ofMinutes(3));
        report.progress(0.75, "a million usage rows");
        seed(postgres);
        report.progress(0.85, "pages in the browser");
        Browser.run(ConsoleBenchmark.arguments("lists.mjs", server), report);
        HttpClient client = HttpClient.newHttpClient();
        for (Map.Entry<String, String> list : lists().entrySet()) {
          report.progress(0.95, list.getKey());
          report.add(row(list.getKey(), times(client, server, list.getValue())));
        }
      }
    }
  }

  private static Row row(String list, double[] millis) {
    return Row.atMost(
        "lists." + list,
        "answer of the list %s, median of %d, the worst %.0f ms"
            .formatted(list, TRIES, millis[TRIES - 1]),
        Math.round(10 * millis[TRIES / 2]) / 10.0,
        "ms",
        MOST_MILLIS);
  }

  private static void seed(Postgres postgres) throws Exception {
    String sql = Files.readString(Installation.root().resolve("bench/console/seed.sql"));
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      // As a database that has lived; else its workers do it while pages are measured.
      statement.execute("vacuum analyze");
    }
  }

  private static Map<String, String> lists() {
    long now = Instant.now().getEpochSecond();
    long month = now - Duration.ofDays(31).toSeconds();
    String report = "/admin/usage/report?limit=50&series=8&start_time=%d&end_time=%d";
    Map<String, String> lists = new LinkedHashMap<>();
    lists.put("tenants", "/admin/console/tenants?limit=50&sort=cost");
    lists.put("tenants-last", "/admin/console/tenants?limit=50&sort=tokens&page=20");
    lists.put("tenants-search", "/admin/console/tenants?limit=50&q=99&page=0");
    lists.put("keys", "/admin/keys?limit=50");
    lists.put("keys-last", "/admin/keys?limit=50&page=59");
    lists.put("keys-of-tenant", "/admin/keys?limit=50&tenant=tenant-0001");
    lists.put("requests", "/admin/requests?limit=50");
    lists.put("requests-failed", "/admin/requests?limit=50&status=error&model=model-c");
    lists.put("requests-no-match", "/admin/requests?limit=50&tier=batch");
    lists.put("requests-no-match-of-end", "/admin/requests?limit=50&status=rejected");
    lists.put("requests-slow", "/admin/requests?limit=50&min_first_token_ms=5000");
    lists.put("requests-of-tenant", "/admin/requests?limit=50&tenant=tenant-0500");
    lists.put(
        "requests-of-tenant-failed", "/admin/requests?limit=50&tenant=tenant-0001&status=rejected");
    lists.put(
        "requests-of-an-hour",
        "/admin/requests?limit=50&start_time=%d&end_time=%d"
            .formatted(now - 15 * 86_400, now - 15 * 86_400 + 3600));
    lists.put("usage-day", report.formatted(now - 86_400, now) + "&group_by=tenant&bucket=hour");
    for (String group : List.of("tenant", "project", "key", "model", "tier")) {
      lists.put(
          "usage-month-by-" + group,
          report.formatted(month, now) + "&bucket=day&group_by=" + group);
    }
    lists.put(
        "usage-for-export",
        report.replace("limit=50&series=8", "limit=500").formatted(month, now)
            + "&bucket=day&group_by=tenant");
    lists.put(
        "usage-of-tenant",
        report.formatted(month, now) + "&bucket=day&group_by=key&tenant=tenant-0001");
    lists.put("audit", "/admin/audit_logs?limit=50");
    return lists;
  }

  /** Sorted, in milliseconds. */
  private static double[] times(HttpClient client, ServerProcess server, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri(path))
            .header("Authorization", "Bearer " + server.adminKey())
            .build();
    double[] millis = new double[TRIES];
    for (int i = -WARM_UPS; i < TRIES; i++) {
      long begun = System.nanoTime();
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(path + " answered " + answer.statusCode() + ": " + answer.body());
      }
      if (i >= 0) {
        millis[i] = (System.nanoTime() - begun) / 1e6;
      }
    }
    Arrays.sort(millis);
    return millis;
  }
}
