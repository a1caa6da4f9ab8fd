package io.penstock.api.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Other names of models: on the server that is told, on another one, and after a start. */
class AliasTest {
  private static String[] database;
  private static TestServer one;

  @BeforeAll
  static void start() {
    database = TestDatabase.newDatabase().toArray(String[]::new);
    one = TestServer.withFakeEngineOn(database);
  }

  @AfterAll
  static void stop() {
    one.close();
  }

  private static Answer set(String alias, String model) {
    return one.put(
        "/admin/models/aliases", "{\"alias\": \"%s\", \"model\": \"%s\"}".formatted(alias, model));
  }

  private static Answer remove(String alias) {
    return one.send(
        one.request("/admin/models/aliases?alias=" + alias, TestServer.ADMIN_KEY).DELETE().build());
  }

  private static Answer chat(TestServer server, String key, String model) {
    return server.post(
        "/v1/chat/completions",
        key,
        "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"
            .formatted(model));
  }

  private static List<String> models(String key) {
    return StreamSupport.stream(one.get("/v1/models", key).json().path("data").spliterator(), false)
        .map(model -> model.path("id").asString())
        .toList();
  }

  private static String keyWith(String rule) {
    TestServer.Tenant tenant = one.newTenant();
    Answer made =
        one.post(
            "/admin/tenants/" + tenant.id() + "/keys",
            TestServer.ADMIN_KEY,
            "{\"name\": \"restricted\", %s}".formatted(rule));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.json().path("key").asString();
  }

  @Test
  void anAliasAnswersAndIsBookedUnderTheModelsOwnName() {
    assertThat(set("fast", "fake-model").status()).isEqualTo(200);
    Answer answer = chat(one, TestServer.API_KEY, "fast");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("model").asString()).isEqualTo("fake-model");
    assertThat(one.usage(answer.header("x-request-id")).path("model").asString())
        .isEqualTo("fake-model");
    assertThat(models(TestServer.API_KEY)).contains("fake-model", "fast");
    JsonNode model = one.get("/v1/models/fast", TestServer.API_KEY).json();
    assertThat(model.path("id").asString()).isEqualTo("fast");
    assertThat(model.path("alias_of").asString()).isEqualTo("fake-model");
    JsonNode own = one.get("/v1/models/fake-model", TestServer.API_KEY).json();
    assertThat(own.has("alias_of")).isFalse();
  }

  @Test
  void listsOfKeysAllowByAliasOrByModelAndDenyAModelByAnyName() {
    set("light", "fake-model");
    String ofModel = keyWith("\"allowed_models\": [\"fake-model\"]");
    assertThat(chat(one, ofModel, "light").status()).isEqualTo(200);
    String ofAlias = keyWith("\"allowed_models\": [\"light\"]");
    assertThat(chat(one, ofAlias, "light").status()).isEqualTo(200);
    assertThat(chat(one, ofAlias, "fake-model").status()).isEqualTo(403);
    assertThat(models(ofAlias)).containsExactly("light");
    String notModel = keyWith("\"denied_models\": [\"fake-model\"]");
    assertThat(chat(one, notModel, "light").status()).isEqualTo(403);
    assertThat(models(notModel)).isEmpty();
    String notAlias = keyWith("\"denied_models\": [\"light\"]");
    assertThat(chat(one, notAlias, "light").status()).isEqualTo(403);
    assertThat(chat(one, notAlias, "fake-model").status()).isEqualTo(200);
  }

  @Test
  void itIsKeptAndAnotherServerHearsOfIt() {
    try (TestServer two = TestServer.withFakeEngineOn(database)) {
      set("moved", "fake-model");
      TestServer.await(
          "the other server to know it",
          () -> chat(two, TestServer.API_KEY, "moved").status() == 200 ? true : null);
      assertThat(set("moved", "not-loaded").status()).isEqualTo(200);
      assertThat(chat(one, TestServer.API_KEY, "moved").status()).isEqualTo(404);
      TestServer.await(
          "the other server to know where it went",
          () -> chat(two, TestServer.API_KEY, "moved").status() == 404 ? true : null);
      assertThat(models(TestServer.API_KEY)).doesNotContain("moved");
      set("kept", "fake-model");
    }
    try (TestServer later = TestServer.withFakeEngineOn(database)) {
      TestServer.await(
          "an alias from before the start",
          () -> chat(later, TestServer.API_KEY, "kept").status() == 200 ? true : null);
    }
  }

  @Test
  void whatCannotBeAnAliasIsRefused() {
    set("first", "fake-model");
    assertThat(set("fake-model", "other").error().path("param").asString()).isEqualTo("alias");
    assertThat(set("fake-model", "other").status()).isEqualTo(409);
    assertThat(set("second", "first").error().path("param").asString()).isEqualTo("model");
    assertThat(set("same", "same").error().path("param").asString()).isEqualTo("model");
    assertThat(set("has space", "fake-model").error().path("param").asString()).isEqualTo("alias");
    set("to-other", "other");
    assertThat(set("other", "fake-model").error().path("param").asString()).isEqualTo("alias");
    Answer taken =
        one.post(
            "/admin/models",
            TestServer.ADMIN_KEY,
            "{\"reference\": \"nowhere\", \"name\": \"first\"}");
    assertThat(taken.status()).isEqualTo(409);
    assertThat(remove("first").status()).isEqualTo(200);
    assertThat(chat(one, TestServer.API_KEY, "first").status()).isEqualTo(404);
    assertThat(remove("first").error().path("code").asString()).isEqualTo("alias_not_found");
  }
}
