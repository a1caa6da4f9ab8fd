package io.penstock.api.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

class KeyRestrictionsTest {
  private static final String CHAT =
      "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";

  private final TestServer server = TestServer.fake();
  private final TestServer.Tenant tenant = server.newTenant();

  private Answer organization(String method, String path, String body) {
    HttpRequest.Builder request =
        server
            .request("/v1/organization" + path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", tenant.name())
            .header("Content-Type", "application/json");
    return server.send(
        request
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode made(String path, String body) {
    Answer answer = organization("POST", path, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private String project() {
    return made("/projects", "{\"name\": \"p\"}").path("id").asString();
  }

  private JsonNode key(String project, String more) {
    return made("/projects/" + project + "/api_keys", "{\"name\": \"k\"" + more + "}");
  }

  private static String code(Answer answer) {
    return answer.error().path("code").asString();
  }

  @Test
  void scopes() {
    String key = key(project(), ", \"scopes\": [\"usage:read\"]").path("value").asString();
    Answer answer = server.post("/v1/chat/completions", key, CHAT);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.error().path("message").asString()).contains("Missing scopes: inference");
    Answer admin =
        organization(
            "POST",
            "/projects/" + project() + "/api_keys",
            "{\"name\": \"k\", \"scopes\": [\"admin\"]}");
    assertThat(admin.status()).as("projects' keys administer nothing").isEqualTo(400);
    assertThat(admin.error().path("param").asString()).isEqualTo("scopes[0]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"allowed_models\": [\"fake-model\"]  | 200",
        "\"allowed_models\": [\"other-model\"] | 403",
        "\"allowed_models\": []                | 403",
        "\"denied_models\": [\"fake-model\"]   | 403",
        "\"denied_models\": [\"other-model\"]  | 200",
        "\"allowed_models\": [\"fake-model\"], \"denied_models\": [\"fake-model\"] | 403",
      })
  void modelsOfAKey(String rule, int status) {
    String key = key(project(), ", " + rule.strip()).path("value").asString();
    Answer answer = server.post("/v1/chat/completions", key, CHAT);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(server.get("/v1/models", key).json().path("data").size())
        .isEqualTo(status == 200 ? 1 : 0);
    assertThat(server.get("/v1/models/fake-model", key).status()).isEqualTo(status);
    if (status == 403) {
      assertThat(code(answer)).isEqualTo("model_not_found");
    }
  }

  @Test
  void modelsOfAProject() {
    String project = project();
    String key = key(project, "").path("value").asString();
    String path = "/projects/" + project + "/model_permissions";
    assertThat(organization("GET", path, null).json().path("mode").asString())
        .isEqualTo("deny_list");
    made(path, "{\"mode\": \"allow_list\", \"model_ids\": [\"other-model\"]}");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(403);
    made(path, "{\"mode\": \"allow_list\", \"model_ids\": [\"other-model\", \"fake-model\"]}");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(200);
    assertThat(organization("DELETE", path, null).json().path("deleted").booleanValue()).isTrue();
    assertThat(organization("GET", path, null).json().path("model_ids").size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.0/8, 200",
    "127.0.0.1, 200",
    "10.0.0.0/8, 401",
    "2001:db8::/32, 401",
    "0.0.0.0/0, 200",
    "::ffff:127.0.0.1, 200",
  })
  void networks(String cidr, int status) {
    JsonNode made = key(project(), ", \"allowed_cidrs\": [\"%s\"]".formatted(cidr));
    Answer answer =
        server.send(
            HttpRequest.newBuilder(
                    java.net.URI.create(
                        server.url().replace("localhost", "127.0.0.1") + "/v1/models"))
                .header("Authorization", "Bearer " + made.path("value").asString())
                .header("X-Forwarded-For", "10.1.2.3") // says nothing: no proxy is trusted
                .build());
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    if (status == 401) {
      assertThat(code(answer)).isEqualTo("ip_not_authorized");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1/8",
        "10.0.0.0/33",
        "::/129",
        "example.org",
        "10.0.0",
        "",
        "10.0.0.0/",
        "1.2.3.4/a"
      })
  void whatIsNoNetwork(String cidr) {
    Answer answer =
        organization(
            "POST",
            "/projects/" + project() + "/api_keys",
            "{\"name\": \"k\", \"allowed_cidrs\": [\"%s\"]}".formatted(cidr));
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo("allowed_cidrs[0]");
  }

  @Test
  void theAddressBehindAProxyThatIsTrusted() {
    try (TestServer proxied = TestServer.withFakeEngine("--penstock.trusted-proxies=1")) {
      TestServer.Tenant behind = proxied.newTenant();
      Answer made =
          proxied.post(
              "/admin/tenants/" + behind.id() + "/keys",
              TestServer.ADMIN_KEY,
              "{\"name\": \"k\", \"allowed_cidrs\": [\"192.0.2.0/24\", \"2001:db8::/32\"]}");
      String key = made.json().path("key").asString();
      assertThat(via(proxied, key, "192.0.2.7")).isEqualTo(200);
      assertThat(via(proxied, key, "2001:db8::7")).isEqualTo(200);
      assertThat(via(proxied, key, "[2001:db8::7]:1234")).isEqualTo(200);
      assertThat(via(proxied, key, "198.51.100.1")).isEqualTo(401);
      assertThat(via(proxied, key, "192.0.2.7, 198.51.100.1"))
          .as("what stands left of the proxy's own entry was sent by the client")
          .isEqualTo(401);
      assertThat(via(proxied, key, "198.51.100.1, 192.0.2.7")).isEqualTo(200);
      assertThat(via(proxied, key, "nonsense")).isEqualTo(401);
    }
  }

  private static int via(TestServer server, String key, String forwarded) {
    return server
        .send(server.request("/v1/models", key).header("X-Forwarded-For", forwarded).build())
        .status();
  }

  @Test
  void rotationOverlaps() {
    String project = project();
    JsonNode old = key(project, ", \"denied_models\": [\"x\"]");
    String path = "/projects/" + project + "/api_keys/" + old.path("id").asString();
    JsonNode next = made(path + "/rotate", "{\"overlap_seconds\": 3600}");

    assertThat(next.path("value").asString()).isNotEqualTo(old.path("value").asString());
    assertThat(next.path("denied_models").get(0).asString()).isEqualTo("x");
    assertThat(server.get("/v1/models", old.path("value").asString()).status()).isEqualTo(200);
    assertThat(server.get("/v1/models", next.path("value").asString()).status()).isEqualTo(200);
    JsonNode shown = organization("GET", path, null).json();
    assertThat(shown.path("rotated_to").asString()).isEqualTo(next.path("id").asString());
    assertThat(shown.path("expires_at").longValue())
        .isBetween(
            java.time.Instant.now().getEpochSecond() + 3500,
            java.time.Instant.now().getEpochSecond() + 3601);
    assertThat(organization("POST", path + "/rotate", "{}").status())
        .as("only once")
        .isEqualTo(409);

    String nextPath = "/projects/" + project + "/api_keys/" + next.path("id").asString();
    JsonNode last = made(nextPath + "/rotate", "{\"overlap_seconds\": 0}");
    assertThat(server.get("/v1/models", next.path("value").asString()).status()).isEqualTo(401);
    assertThat(server.get("/v1/models", last.path("value").asString()).status()).isEqualTo(200);
  }

  @Test
  void restrictionsCanBeChanged() {
    String project = project();
    JsonNode made = key(project, "");
    String path = "/projects/" + project + "/api_keys/" + made.path("id").asString();
    made(path, "{\"denied_models\": [\"fake-model\"]}");
    assertThat(server.post("/v1/chat/completions", made.path("value").asString(), CHAT).status())
        .isEqualTo(403);
    JsonNode changed = made(path, "{\"denied_models\": [], \"name\": \"renamed\"}");
    assertThat(changed.path("name").asString()).isEqualTo("renamed");
    assertThat(server.post("/v1/chat/completions", made.path("value").asString(), CHAT).status())
        .isEqualTo(200);
  }

  @Test
  void nullLiftsARuleAndWhatIsLeftOutStays() {
    String project = project();
    JsonNode made =
        key(
            project,
            """
            , "allowed_models": ["other-model"], "denied_models": ["x"], "allowed_cidrs": ["10.0.0.0/8"],
            "scopes": ["usage:read"]
            """);
    String key = made.path("value").asString();
    String path = "/projects/" + project + "/api_keys/" + made.path("id").asString();
    assertThat(server.get("/v1/models", key).status()).as("its network").isEqualTo(401);

    JsonNode lifted = made(path, "{\"allowed_cidrs\": null}");
    assertThat(lifted.path("allowed_cidrs").isNull()).isTrue();
    assertThat(lifted.path("allowed_models").get(0).asString()).isEqualTo("other-model");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(403);

    made(path, "{\"allowed_models\": null, \"scopes\": [\"inference\"]}");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(200);
    JsonNode denied = made(path, "{\"denied_models\": [\"fake-model\", \"x\"]}");
    assertThat(denied.path("scopes").get(0).asString()).isEqualTo("inference");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(403);
    made(path, "{\"denied_models\": null}");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(200);
    assertThat(organization("GET", "/audit_logs?limit=1", null).text())
        .contains("api_key.updated", made.path("id").asString())
        .doesNotContain(key);
  }

  @Test
  void theOperatorChangesKeysOfProjects() {
    JsonNode made = key(project(), "");
    String key = made.path("value").asString();
    String path = "/admin/keys/" + made.path("id").asString();
    Answer changed =
        server.post(
            path, TestServer.ADMIN_KEY, "{\"name\": \"n\", \"allowed_models\": [\"other\"]}");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(changed.json().path("name").asString()).isEqualTo("n");
    assertThat(server.post("/v1/chat/completions", key, CHAT).status()).isEqualTo(403);
    JsonNode ofOrganization = made("/admin_api_keys", "{\"name\": \"o\"}");
    assertThat(
            server
                .post(
                    "/admin/keys/" + ofOrganization.path("id").asString(),
                    TestServer.ADMIN_KEY,
                    "{\"scopes\": [\"inference\"]}")
                .status())
        .as("keys of organizations are not of projects")
        .isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"allowed_models\": \"fake-model\"}     | allowed_models",
        "{\"denied_models\": [1]}                 | denied_models",
        "{\"allowed_models\": [\"\"]}             | allowed_models[0]",
        "{\"allowed_models\": [\"a\\u0000b\"]}   | allowed_models[0]",
        "{\"allowed_cidrs\": [\"10.0.0.1/8\"]}    | allowed_cidrs[0]",
        "{\"allowed_cidrs\": {}}                  | allowed_cidrs",
        "{\"scopes\": []}                         | scopes",
        "{\"scopes\": [\"admin\"]}                | scopes[0]",
        "{\"name\": \" \"}                        | name",
      })
  void changesThatAreRefused(String body, String param) {
    String project = project();
    String id = key(project, "").path("id").asString();
    Answer own = organization("POST", "/projects/" + project + "/api_keys/" + id, body);
    assertThat(own.status()).as(own.text()).isEqualTo(400);
    assertThat(own.error().path("param").asString()).isEqualTo(param);
    Answer operator = server.post("/admin/keys/" + id, TestServer.ADMIN_KEY, body);
    assertThat(operator.status()).as(operator.text()).isEqualTo(400);
  }

  @Test
  void aServiceAccountGoesWithItsKey() {
    String project = project();
    String path = "/projects/" + project + "/service_accounts";
    JsonNode account = made(path, "{\"name\": \"robot\"}");
    String key = account.path("api_key").path("value").asString();
    assertThat(server.get("/v1/models", key).status()).isEqualTo(200);
    String one = path + "/" + account.path("id").asString();
    assertThat(organization("GET", one, null).text()).doesNotContain("api_key\"");
    assertThat(organization("DELETE", one, null).status()).isEqualTo(200);
    assertThat(server.get("/v1/models", key).status()).isEqualTo(401);
    assertThat(organization("GET", one, null).status()).isEqualTo(404);
    assertThat(organization("DELETE", one, null).status()).isEqualTo(404);
  }

  @Test
  void listsArePaged() {
    String project = project();
    for (int i = 0; i < 3; i++) {
      key(project, "");
    }
    String path = "/projects/" + project + "/api_keys?limit=2";
    JsonNode first = organization("GET", path, null).json();
    assertThat(first.path("object").asString()).isEqualTo("list");
    assertThat(first.path("data").size()).isEqualTo(2);
    assertThat(first.path("has_more").booleanValue()).isTrue();
    assertThat(first.path("first_id").asString())
        .isEqualTo(first.path("data").get(0).path("id").asString());
    JsonNode second =
        organization("GET", path + "&after=" + first.path("last_id").asString(), null).json();
    assertThat(second.path("data").size()).isEqualTo(1);
    assertThat(second.path("has_more").booleanValue()).isFalse();
    assertThat(organization("GET", path.replace("=2", "=101"), null).status()).isEqualTo(400);
  }

  @Test
  void anArchivedProjectTakesItsKeysWithIt() {
    String project = project();
    String key = key(project, "").path("value").asString();
    assertThat(server.get("/v1/models", key).status()).isEqualTo(200);
    assertThat(made("/projects/" + project + "/archive", "{}").path("status").asString())
        .isEqualTo("archived");
    assertThat(server.get("/v1/models", key).status()).isEqualTo(401);
    assertThat(
            organization("POST", "/projects/" + project + "/api_keys", "{\"name\": \"k\"}")
                .status())
        .isEqualTo(400);
    String byDefault =
        server
            .bean(DatabaseClient.class)
            .sql("select id::text from projects where tenant_id = cast(:id as uuid) and is_default")
            .bind("id", tenant.id())
            .map(row -> row.get(0, String.class))
            .one()
            .block();
    assertThat(organization("POST", "/projects/" + byDefault + "/archive", "{}").status())
        .as("the default project stays")
        .isEqualTo(400);
  }
}
