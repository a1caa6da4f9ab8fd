package io.penstock.api.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ModelControllerTest {
  private final TestServer server = TestServer.fake();

  @Test
  void listsAndGetsModels() {
    JsonNode list = server.get("/v1/models", TestServer.API_KEY).json();
    assertThat(list.path("object").asString()).isEqualTo("list");
    JsonNode model = list.path("data").get(0);
    assertThat(model.path("id").asString()).isEqualTo("fake-model");
    assertThat(model.path("object").asString()).isEqualTo("model");
    assertThat(model.path("created").longValue()).isEqualTo(1_700_000_000);
    assertThat(model.path("owned_by").asString()).isEqualTo("penstock");
    assertThat(model.path("capabilities").toString())
        .isEqualTo("[\"chat\",\"completions\",\"embeddings\"]");
    assertThat(model.path("features").toString())
        .isEqualTo("[\"tools\",\"structured_outputs\",\"prompt_logprobs\"]");
    assertThat(server.get("/v1/models/fake-model", TestServer.API_KEY).json()).isEqualTo(model);
  }

  @Test
  void anUnknownModelIs404() {
    assertThat(server.get("/v1/models/none", TestServer.API_KEY).error().path("code").asString())
        .isEqualTo("model_not_found");
  }

  @Test
  void idsMayContainSlashesEscapedOrNot() {
    try (TestServer other = TestServer.withFakeEngine("--penstock.model=org/name=nowhere")) {
      for (String path : new String[] {"/v1/models/org/name", "/v1/models/org%2Fname"}) {
        TestServer.Answer answer = other.get(path, TestServer.API_KEY);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      }
    }
  }
}
