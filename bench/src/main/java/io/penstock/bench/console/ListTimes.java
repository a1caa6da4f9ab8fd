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
import java.util.Map;

/** How long the console's lists take over a million usage rows of a thousand organizations. */
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
        HttpClient client = HttpClient.newHttpClient();
        for (Map.Entry<String, String> list : lists().entrySet()) {
          report.progress(0.9, list.getKey());
          double millis = median(client, server, list.getValue());
          report.add(
              Row.atMost(
                  "lists." + list.getKey(),
                  "answer of the list " + list.getKey() + ", median of " + TRIES,
                  millis,
                  "ms",
                  MOST_MILLIS));
        }
      }
    }
  }

  private static void seed(Postgres postgres) throws Exception {
    String sql = Files.readString(Installation.root().resolve("bench/console/seed.sql"));
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Map<String, String> lists() {
    long now = Instant.now().getEpochSecond();
    long month = now - Duration.ofDays(31).toSeconds();
    Map<String, String> lists = new LinkedHashMap<>();
    lists.put("tenants", "/admin/console/tenants?limit=50&sort=cost");
    lists.put("tenants-search", "/admin/console/tenants?limit=50&q=99&page=0");
    lists.put("keys", "/admin/keys?limit=50");
    lists.put("requests", "/admin/requests?limit=50");
    lists.put("requests-failed", "/admin/requests?limit=50&status=error&model=model-b");
    lists.put("requests-of-tenant", "/admin/requests?limit=50&tenant=tenant-0500");
    lists.put(
        "usage-day",
        "/admin/usage/report?group_by=tenant&bucket=hour&limit=50&start_time=%d&end_time=%d"
            .formatted(now - 86_400, now));
    lists.put(
        "usage-month",
        "/admin/usage/report?group_by=tenant&bucket=day&limit=50&start_time=%d&end_time=%d"
            .formatted(month, now));
    lists.put("audit", "/admin/audit_logs?limit=50");
    return lists;
  }

  private static double median(HttpClient client, ServerProcess server, String path)
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
    return Math.round(10 * millis[TRIES / 2]) / 10.0;
  }
}
