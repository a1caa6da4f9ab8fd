package io.penstock.api.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import io.penstock.api.testing.TestServer.Tenant;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

/** What is kept of requests, and that nothing is unless the organization wants it. */
class StoredPromptsTest {
  private static final String STORAGE = "/v1/organization/prompt_storage";

  private final TestServer server = TestServer.fake();
  private final Tenant tenant = server.newTenant();
  private final String secret = "w" + UUID.randomUUID().toString().replace("-", "");

  private Answer organization(String method, String path, String body) {
    return server.send(
        server
            .request(path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", tenant.name())
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode set(String body) {
    Answer answer = organization("PUT", STORAGE, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private void turnOn() {
    set("{\"store_prompts\": true}");
    // Keys are known for up to a second.
    TestServer.await("that texts are kept", () -> stored(chat("")) ? true : null);
  }

  private String chat(String more) {
    Answer answer =
        server.post(
            "/v1/chat/completions",
            tenant.key(),
            """
            {"model": "fake-model", "messages": [{"role": "user", "content": "say %s"}]%s}
            """
                .formatted(secret, more));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.header("x-request-id");
  }

  private Answer read(String requestId) {
    return organization("GET", "/v1/organization/requests/" + requestId + "/prompt", null);
  }

  /** After its usage was booked and what was kept before it has been written. */
  private boolean stored(String requestId) {
    server.usage(requestId);
    TestServer.await("an empty queue", () -> server.bean(PromptWriter.class).idle() ? true : null);
    return read(requestId).status() == 200;
  }

  private long rows() {
    return number("select count(*) from stored_prompts where tenant_id = '" + tenant.id() + "'");
  }

  private long number(String sql) {
    return server
        .bean(DatabaseClient.class)
        .sql(sql)
        .map(row -> row.get(0, Long.class))
        .one()
        .block();
  }

  /** Rows of all tables, in which a text occurs anywhere. */
  private long occurrences(String text) {
    return server
        .bean(DatabaseClient.class)
        .sql(
            """
            select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'public' and c.relkind = 'r'
            """)
        .map(row -> row.get(0, String.class))
        .all()
        .collectList()
        .block()
        .stream()
        .mapToLong(
            table ->
                number(
                    "select count(*) from \"%s\" t where t::text like '%%%s%%'"
                        .formatted(table, text)))
        .sum();
  }

  @Test
  void nothingIsKeptUnlessTheOrganizationWantsIt() {
    assertThat(organization("GET", STORAGE, null).json().path("store_prompts").asBoolean())
        .isFalse();

    String id = chat("");

    assertThat(stored(id)).isFalse();
    assertThat(read(id).error().path("code").asString()).isEqualTo("prompt_not_stored");
    assertThat(occurrences(secret)).isZero();
  }

  @Test
  void whatIsKeptIsWhatWasSaid() {
    turnOn();
    Answer answer =
        server.post(
            "/v1/completions",
            tenant.key(),
            "{\"model\": \"fake-model\", \"prompt\": [\"one %s\", \"two\"], \"n\": 2, \"max_tokens\": 5}"
                .formatted(secret));
    String id = answer.header("x-request-id");
    assertThat(stored(id)).isTrue();

    JsonNode texts = read(id).json();

    assertThat(texts.path("prompts").get(0).asString()).isEqualTo("one " + secret);
    assertThat(texts.path("prompts").get(1).asString()).isEqualTo("two");
    assertThat(texts.path("answers").size()).isEqualTo(4);
    answer
        .json()
        .path("choices")
        .forEach(
            choice ->
                assertThat(texts.path("answers").get(choice.path("index").asInt()).asString())
                    .isEqualTo(choice.path("text").asString()));
    assertThat(texts.path("prompts_cut").asBoolean()).isFalse();
    assertThat(texts.path("prompt_bytes").asLong()).isEqualTo(secret.length() + 7);
  }

  @Test
  void streamsToo() {
    turnOn();
    String id = chat(", \"stream\": true");
    assertThat(stored(id)).isTrue();
    assertThat(read(id).json().path("prompts").get(0).asString()).contains("say " + secret);
    assertThat(read(id).json().path("answers").get(0).asString()).isNotEmpty();
  }

  @Test
  void readingIsAudited() {
    turnOn();
    String id = chat("");
    assertThat(stored(id)).isTrue(); // reads it
    String log = organization("GET", "/v1/organization/audit_logs?limit=20", null).text();
    assertThat(log)
        .contains("request.prompt.read", id, "organization.prompt_storage.on")
        .doesNotContain(secret);
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "\"no\"", "0"})
  void aRequestMayRefuse(String store) {
    turnOn();
    long before = occurrences(secret);

    String id = chat(", \"store\": " + store);

    assertThat(stored(id)).isFalse();
    assertThat(stored(chat(", \"store\": true"))).isTrue();
    assertThat(occurrences(secret)).isEqualTo(before + 1);
  }

  @Test
  void aResponseThatIsNotStoredIsNot() {
    turnOn();
    long before = occurrences(secret);
    Answer answer =
        server.post(
            "/v1/responses",
            tenant.key(),
            "{\"model\": \"fake-model\", \"input\": \"%s\", \"store\": false}".formatted(secret));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(stored(answer.header("x-request-id"))).isFalse();
    assertThat(occurrences(secret)).isEqualTo(before);
  }

  @Test
  void otherOrganizationsReadNothing() {
    turnOn();
    String id = chat("");
    assertThat(stored(id)).isTrue();
    Answer other =
        server.send(
            server
                .request("/v1/organization/requests/" + id + "/prompt", TestServer.ADMIN_KEY)
                .header("OpenAI-Organization", server.newTenant().name())
                .build());
    assertThat(other.status()).isEqualTo(404);
    assertThat(server.get("/v1/organization/requests/" + id + "/prompt", tenant.key()).status())
        .as("a key of a project calls models and reads usage")
        .isEqualTo(403);
  }

  @Test
  void turningItOffDeletesWhatIsThereAndWhatIsOnItsWay() {
    turnOn();
    Instant before = Instant.now();
    assertThat(rows()).isPositive();

    JsonNode off = set("{\"store_prompts\": false}");

    assertThat(off.path("stored").asLong()).isZero();
    assertThat(rows()).isZero();
    assertThat(occurrences(secret)).isZero();
    PromptStore store = server.bean(PromptStore.class);
    assertThat(store.insert(prompt("late", before)).block()).isFalse();
    set("{\"store_prompts\": true}");
    assertThat(store.insert(prompt("late", before)).block())
        .as("what was asked before it was turned on")
        .isFalse();
    assertThat(store.insert(prompt("new", Instant.now())).block()).isTrue();
    assertThat(organization("GET", "/v1/organization/audit_logs?limit=20", null).text())
        .contains("organization.prompt_storage.off");
  }

  private StoredPrompt prompt(String id, Instant at) {
    return new StoredPrompt(
        id,
        UUID.fromString(tenant.id()),
        UUID.randomUUID(),
        at,
        List.of(secret),
        List.of("an answer"),
        9,
        9);
  }

  @Test
  void whatIsTooOldIsNotShownAndDeleted() {
    set("{\"store_prompts\": true, \"retention_days\": 2}");
    String id = UUID.randomUUID().toString();
    PromptStore store = server.bean(PromptStore.class);
    store.insert(prompt(id, Instant.now())).block();
    store.insert(prompt("young", Instant.now())).block();
    assertThat(read(id).status()).isEqualTo(200);
    Instant old = Instant.now().minus(49, ChronoUnit.HOURS);
    server
        .bean(DatabaseClient.class)
        .sql("update stored_prompts set at = :at where request_id = :id")
        .bind("at", old)
        .bind("id", id)
        .then()
        .block();

    assertThat(read(id).status()).isEqualTo(404);
    assertThat(rows()).isEqualTo(2);
    server.bean(PromptExpiry.class).expire().block();
    assertThat(rows()).isEqualTo(1);
    assertThat(read("young").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                            | store_prompts",
        "{\"store_prompts\": null}                       | store_prompts",
        "{\"store_prompts\": true, \"retention_days\": 0}  | retention_days",
        "{\"store_prompts\": true, \"retention_days\": 91} | retention_days",
      })
  void settingsThatAreRefused(String body, String param) {
    Answer answer = organization("PUT", STORAGE, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo(param);
    assertThat(rows()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%20", "nobody", "%F0%9F%98%80"})
  void idsOfNoRequest(String id) {
    assertThat(read(id).status()).isEqualTo(404);
  }
}
