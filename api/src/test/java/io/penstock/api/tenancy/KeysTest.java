package io.penstock.api.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.net.http.HttpRequest;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

class KeysTest {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private final TestServer server = TestServer.fake();

  private JsonNode newTenant() {
    TestServer.Answer answer =
        server.post(
            "/admin/tenants",
            TestServer.ADMIN_KEY,
            "{\"name\": \"tenant-%d\"}".formatted(COUNT.incrementAndGet()));
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.json();
  }

  private JsonNode newKey(JsonNode tenant, String more) {
    TestServer.Answer answer =
        server.post(
            "/admin/tenants/" + tenant.path("id").asString() + "/keys",
            TestServer.ADMIN_KEY,
            "{\"name\": \"test\"" + more + "}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.json();
  }

  private TestServer.Answer models(String key) {
    return server.get("/v1/models", key);
  }

  private static void refused(TestServer.Answer answer, String saying) {
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
    assertThat(answer.error().path("code").asString()).isEqualTo("invalid_api_key");
    assertThat(answer.error().path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(answer.error().path("message").asString()).contains(saying);
  }

  private TestServer.Answer models(String key, String header, String value) {
    return server.send(server.request("/v1/models", key).header(header, value).build());
  }

  @Test
  void headersNameTheKeysOrganizationAndProject() {
    JsonNode tenant = newTenant();
    JsonNode other = newTenant();
    String key = newKey(tenant, "").path("key").asString();
    String project = models(key).header("openai-project");
    for (String own : new String[] {tenant.path("id").asString(), tenant.path("name").asString()}) {
      assertThat(models(key, "OpenAI-Organization", own).status()).isEqualTo(200);
    }
    assertThat(models(key, "OpenAI-Project", project).status()).isEqualTo(200);

    TestServer.Answer organization =
        models(key, "OpenAI-Organization", other.path("id").asString());
    assertThat(organization.status()).isEqualTo(401);
    assertThat(organization.error().path("code").asString()).isEqualTo("mismatched_organization");
    assertThat(organization.error().path("message").asString()).contains("OpenAI-Organization");
    TestServer.Answer wrong = models(key, "OpenAI-Project", other.path("id").asString());
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.error().path("code").asString()).isEqualTo("mismatched_project");
    assertThat(wrong.error().path("message").asString()).contains("OpenAI-Project");
  }

  @Test
  void theFirstKeysAreInTheAuditLog() {
    assertThat(
            server
                .bean(DatabaseClient.class)
                .sql(
                    """
                    select count(*) from audit_log a join api_keys k on k.id::text = a.object_id
                    where a.action = 'api_key.created' and k.origin in ('preset', 'first-start')
                    """)
                .map(row -> row.get(0, Long.class))
                .one()
                .block())
        .isEqualTo(2);
  }

  @Test
  void aNewKeyWorksAndIsShownOnce() {
    JsonNode tenant = newTenant();
    JsonNode key = newKey(tenant, "");

    assertThat(key.path("key").asString()).matches("sk-penstock-[a-z0-9]{12}-[A-Za-z0-9_-]{43}");
    TestServer.Answer answer = models(key.path("key").asString());
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("openai-organization")).isEqualTo(tenant.path("name").asString());
    TestServer.Answer list =
        server.get(
            "/admin/tenants/" + tenant.path("id").asString() + "/keys", TestServer.ADMIN_KEY);
    assertThat(list.text()).doesNotContain(key.path("key").asString().substring(26));
    JsonNode listed = list.json().path("data").get(0);
    assertThat(listed.path("status").asString()).isEqualTo("active");
    assertThat(listed.path("redacted_value").asString()).startsWith("sk-penstock-...");
  }

  @Test
  void aRevokedKeyStopsAtOnce() {
    JsonNode key = newKey(newTenant(), "");
    String secret = key.path("key").asString();
    assertThat(models(secret).status()).isEqualTo(200);

    TestServer.Answer revoked =
        server.send(
            server
                .request("/admin/keys/" + key.path("id").asString(), TestServer.ADMIN_KEY)
                .DELETE()
                .build());

    assertThat(revoked.json().path("status").asString()).isEqualTo("revoked");
    refused(models(secret), "revoked");
    assertThat(models(secret).text()).doesNotContain(secret);
  }

  @Test
  void anExpiredKeyStops() {
    JsonNode key = newKey(newTenant(), ", \"expires_in_seconds\": 3600");
    String secret = key.path("key").asString();
    assertThat(models(secret).status()).isEqualTo(200);

    server
        .bean(DatabaseClient.class)
        .sql("update api_keys set expires_at = now() where id = cast(:id as uuid)")
        .bind("id", key.path("id").asString())
        .then()
        .block();

    TestServer.await("the end of the key", () -> models(secret).status() == 200 ? null : true);
    refused(models(secret), "expired");
  }

  @Test
  void lastUseIsWritten() {
    JsonNode tenant = newTenant();
    models(newKey(tenant, "").path("key").asString());

    TestServer.await(
        "the last use",
        () ->
            server
                    .get(
                        "/admin/tenants/" + tenant.path("id").asString() + "/keys",
                        TestServer.ADMIN_KEY)
                    .json()
                    .path("data")
                    .get(0)
                    .path("last_used_at")
                    .isNull()
                ? null
                : true);
  }

  @Test
  void onlyAKeyedHashIsStored() {
    JsonNode key = newKey(newTenant(), "");
    String row =
        server
            .bean(DatabaseClient.class)
            .sql("select row_to_json(k)::text from api_keys k where id = cast(:id as uuid)")
            .bind("id", key.path("id").asString())
            .map(r -> r.get(0, String.class))
            .one()
            .block();

    assertThat(row).doesNotContain(key.path("key").asString().substring(26));
  }

  @Test
  void aMissingKey() {
    refused(models(null), "didn't provide an API key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Basic dTpw", "Bearer", "Bearer ", "Token abc", "sk-tests-0123456789abcdef"})
  void aMalformedHeader(String header) {
    refused(
        server.send(
            HttpRequest.newBuilder(java.net.URI.create(server.url() + "/v1/models"))
                .header("Authorization", header)
                .build()),
        "malformed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-wrong",
        "sk-penstock-aaaaaaaaaaaa-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "x' or '1'='1"
      })
  void aWrongKeyIsNotEchoed(String key) {
    TestServer.Answer answer = models(key);
    refused(answer, "Incorrect API key");
    assertThat(answer.text()).doesNotContain(key);
  }

  @Test
  void aWrongSecretUnderAKnownPublicId() {
    String key = newKey(newTenant(), "").path("key").asString();

    refused(models(key.substring(0, key.length() - 4) + "AAAA"), "Incorrect API key");
  }

  @Test
  void kindsOfKeysAreKeptApart() {
    TestServer.Answer tenant = server.get("/admin/tenants", TestServer.API_KEY);
    assertThat(tenant.status()).isEqualTo(403);
    assertThat(tenant.error().path("message").asString()).contains("admin key");
    assertThat(models(TestServer.ADMIN_KEY).status()).isEqualTo(403);
    refused(server.get("/admin/overview", null), "didn't provide");
  }

  @Test
  void tenantsAreListedByPages() {
    newTenant();
    newTenant();
    JsonNode first = server.get("/admin/tenants?limit=1", TestServer.ADMIN_KEY).json();
    assertThat(first.path("data").size()).isEqualTo(1);
    assertThat(first.path("has_more").booleanValue()).isTrue();
    String after = first.path("data").get(0).path("name").asString();
    JsonNode second =
        server.get("/admin/tenants?limit=1&after=" + after, TestServer.ADMIN_KEY).json();
    assertThat(second.path("data").get(0).path("name").asString()).isGreaterThan(after);
  }

  @Test
  void badAdminInputIsRefused() {
    for (String body :
        new String[] {"{}", "{\"name\": \"Has Blanks\"}", "{\"name\": 1}", "{\"x\": 1}"}) {
      TestServer.Answer answer = server.post("/admin/tenants", TestServer.ADMIN_KEY, body);
      assertThat(answer.status()).as(body).isEqualTo(400);
      assertThat(answer.error().path("message").asString()).isNotBlank();
    }
    JsonNode tenant = newTenant();
    assertThat(
            server
                .post(
                    "/admin/tenants",
                    TestServer.ADMIN_KEY,
                    "{\"name\": \"%s\"}".formatted(tenant.path("name").asString()))
                .status())
        .isEqualTo(409);
    String keys = "/admin/tenants/" + tenant.path("id").asString() + "/keys";
    assertThat(
            server
                .post(keys, TestServer.ADMIN_KEY, "{\"name\": \"a\", \"expires_in_seconds\": 0}")
                .status())
        .isEqualTo(400);
    assertThat(
            server
                .post(
                    "/admin/tenants/00000000-0000-0000-0000-000000000000/keys",
                    TestServer.ADMIN_KEY,
                    "{\"name\": \"a\"}")
                .status())
        .isEqualTo(404);
    assertThat(server.get("/admin/tenants/nonsense", TestServer.ADMIN_KEY).status()).isEqualTo(400);
    assertThat(server.get("/admin/usage?limit=0", TestServer.ADMIN_KEY).status()).isEqualTo(400);
    assertThat(server.get("/admin/usage?limit=x", TestServer.ADMIN_KEY).status()).isEqualTo(400);
  }

  /** What is preset is honoured at every start; a changed preset replaces the one before it. */
  @Test
  void presetKeysMayChangeBetweenRuns() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    try (TestServer run = start(database, "first-admin-key-000000", "sk-first-000000000000")) {
      assertThat(run.get("/v1/models", "sk-first-000000000000").status()).isEqualTo(200);
    }
    try (TestServer run = start(database, "second-admin-key-00000", "sk-second-00000000000")) {
      assertThat(run.get("/v1/models", "sk-second-00000000000").status()).isEqualTo(200);
      refused(run.get("/v1/models", "sk-first-000000000000"), "revoked");
      assertThat(run.get("/admin/tenants", "second-admin-key-00000").status()).isEqualTo(200);
      refused(run.get("/admin/tenants", "first-admin-key-000000"), "revoked");
    }
    try (TestServer run = start(database, "first-admin-key-000000", "sk-first-000000000000")) {
      assertThat(run.get("/v1/models", "sk-first-000000000000").status()).isEqualTo(200);
    }
  }

  private static TestServer start(String[] database, String adminKey, String apiKey) {
    String[] arguments = java.util.Arrays.copyOf(database, database.length + 2);
    arguments[database.length] = "--penstock.admin-key=" + adminKey;
    arguments[database.length + 1] = "--penstock.api-key=" + apiKey;
    return TestServer.withFakeEngineOn(arguments);
  }
}
