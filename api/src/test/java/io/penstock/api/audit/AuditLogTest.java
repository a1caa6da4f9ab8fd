package io.penstock.api.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

class AuditLogTest {
  private final TestServer server = TestServer.fake();
  private final TestServer.Tenant tenant = server.newTenant();

  private Answer send(String method, String path, String body) {
    HttpRequest.Builder request =
        server
            .request("/v1/organization" + path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", tenant.id())
            .header("User-Agent", "audit test")
            .header("Content-Type", "application/json");
    Answer answer =
        server.send(
            request
                .method(
                    method,
                    body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body))
                .build());
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer;
  }

  private List<JsonNode> log(String query) {
    List<JsonNode> entries = new ArrayList<>();
    send("GET", "/audit_logs" + query, null).json().path("data").forEach(entries::add);
    return entries;
  }

  @Test
  void everyActLeavesWhatWasBeforeAndAfter() {
    String project = send("POST", "/projects", "{\"name\": \"old\"}").json().path("id").asString();
    Answer renamed = send("POST", "/projects/" + project, "{\"name\": \"new\"}");

    List<JsonNode> entries = log("?resource_ids[]=" + project);
    assertThat(entries.stream().map(e -> e.path("type").asString()))
        .containsExactly("project.updated", "project.created");
    JsonNode updated = entries.getFirst();
    assertThat(updated.path("before").path("name").asString()).isEqualTo("old");
    assertThat(updated.path("after").path("name").asString()).isEqualTo("new");
    assertThat(updated.path("request_id").asString()).isEqualTo(renamed.header("x-request-id"));
    JsonNode actor = updated.path("actor");
    assertThat(actor.path("type").asString()).isEqualTo("api_key");
    assertThat(actor.path("api_key").path("type").asString()).isEqualTo("operator");
    assertThat(actor.path("api_key").path("ip_address").asString()).isNotBlank();
    assertThat(entries.getLast().path("before").isNull()).isTrue();
  }

  @Test
  void whatFailsLeavesNothing() {
    int before = log("").size();
    Answer refused =
        server.send(
            server
                .request("/v1/organization/projects", TestServer.ADMIN_KEY)
                .header("OpenAI-Organization", tenant.id())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"\"}"))
                .build());
    assertThat(refused.status()).isEqualTo(400);
    assertThat(log("")).hasSize(before);
  }

  @Test
  void noSecretStandsInIt() {
    String project = send("POST", "/projects", "{\"name\": \"p\"}").json().path("id").asString();
    List<String> secrets = new ArrayList<>();
    JsonNode key = send("POST", "/projects/" + project + "/api_keys", "{\"name\": \"k\"}").json();
    secrets.add(key.path("value").asString());
    secrets.add(
        send(
                "POST",
                "/projects/" + project + "/api_keys/" + key.path("id").asString() + "/rotate",
                "{}")
            .json()
            .path("value")
            .asString());
    secrets.add(
        send("POST", "/projects/" + project + "/service_accounts", "{\"name\": \"s\"}")
            .json()
            .path("api_key")
            .path("value")
            .asString());
    secrets.add(
        send("POST", "/admin_api_keys", "{\"name\": \"a\"}").json().path("value").asString());
    secrets.add(
        send("POST", "/invites", "{\"email\": \"x@y.test\", \"role\": \"viewer\"}")
            .json()
            .path("token")
            .asString());
    assertThat(secrets).allMatch(secret -> secret.length() >= 43);
    String everything =
        server
            .bean(DatabaseClient.class)
            .sql("select string_agg(row_to_json(a)::text, ' ') from audit_log a")
            .map(row -> row.get(0, String.class))
            .one()
            .block();
    for (String secret : secrets) {
      assertThat(everything).doesNotContain(secret.substring(secret.length() - 43));
    }
    assertThat(everything).contains("sk-penstock-...");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update audit_log set action = 'x'",
        "delete from audit_log",
        "truncate audit_log"
      })
  void nothingIsChangedOrDeleted(String sql) {
    send("POST", "/projects", "{\"name\": \"p\"}");
    assertThatThrownBy(() -> server.bean(DatabaseClient.class).sql(sql).then().block())
        .hasMessageContaining("append-only");
  }

  @Test
  void itIsPagedAndFiltered() {
    for (int i = 0; i < 3; i++) {
      send("POST", "/projects", "{\"name\": \"p" + i + "\"}");
    }
    JsonNode first = send("GET", "/audit_logs?limit=2", null).json();
    assertThat(first.path("has_more").booleanValue()).isTrue();
    JsonNode second =
        send("GET", "/audit_logs?limit=2&after=" + first.path("last_id").asString(), null).json();
    assertThat(second.path("data").get(0).path("id").asString())
        .isNotEqualTo(first.path("data").get(1).path("id").asString());
    assertThat(log("?event_types[]=project.created")).hasSize(3);
    assertThat(log("?event_types[]=nothing")).isEmpty();
    assertThat(log("?effective_at[gt]=" + java.time.Instant.now().plusSeconds(60).getEpochSecond()))
        .isEmpty();
    assertThat(
            log("?effective_at[lte]=" + java.time.Instant.now().plusSeconds(60).getEpochSecond()))
        .isNotEmpty();
  }

  @Test
  void anotherOrganizationSeesNothingOfIt() {
    send("POST", "/projects", "{\"name\": \"secret project\"}");
    TestServer.Tenant other = server.newTenant();
    Answer answer =
        server.send(
            server
                .request("/v1/organization/audit_logs", TestServer.ADMIN_KEY)
                .header("OpenAI-Organization", other.id())
                .build());
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).doesNotContain("secret project");
  }
}
