package io.penstock.bench.ledger;

import io.penstock.bench.server.ServerProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who operates the servers, over HTTP: makes tenants and keys, reads metrics. */
final class Operator implements AutoCloseable {
  private final JsonMapper json = JsonMapper.shared();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /**
   * A tenant that was made for a measurement.
   *
   * @param id its organization
   * @param keyId of its key
   * @param key the key itself
   */
  record Tenant(String id, String keyId, String key) {}

  Tenant newTenant(ServerProcess server, String name) throws IOException, InterruptedException {
    String id =
        post(server, "/admin/tenants", "{\"name\":\"%s\"}".formatted(name)).path("id").asString();
    JsonNode key = post(server, "/admin/tenants/" + id + "/keys", "{\"name\":\"bench\"}");
    return new Tenant(id, key.path("id").asString(), key.path("key").asString());
  }

  private JsonNode post(ServerProcess server, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(server.uri(path))
                .header("Authorization", "Bearer " + server.adminKey())
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new IOException("%s: HTTP %d: %s".formatted(path, answer.statusCode(), answer.body()));
    }
    return json.readTree(answer.body());
  }

  /** A figure of {@code /metrics}, added up over its labels and the servers. */
  double metric(List<ServerProcess> servers, String name) throws IOException, InterruptedException {
    double sum = 0;
    for (ServerProcess server : servers) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(server.uri("/metrics"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              BodyHandlers.ofString());
      for (String line : answer.body().split("\n")) {
        if (line.startsWith(name + "{") || line.startsWith(name + " ")) {
          sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        }
      }
    }
    return sum;
  }

  @Override
  public void close() {
    http.close();
  }
}
