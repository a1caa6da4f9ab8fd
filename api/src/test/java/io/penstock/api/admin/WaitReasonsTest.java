package io.penstock.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Who goes before a request that waits, and that the live figures say so too. */
class WaitReasonsTest {
  private static List<JsonNode> running(TestServer server) {
    return StreamSupport.stream(
            server
                .get("/admin/requests/running", TestServer.ADMIN_KEY)
                .json()
                .path("data")
                .spliterator(),
            false)
        .toList();
  }

  private static void send(
      TestServer server, List<CompletableFuture<?>> asked, String key, String tier) {
    int before = running(server).size();
    asked.add(
        CompletableFuture.runAsync(
            () ->
                server.post(
                    "/v1/chat/completions",
                    key,
                    """
                    {"model": "fake-model", "max_tokens": 3, "service_tier": "%s",
                     "messages": [{"role": "user", "content": "Hi"}]}
                    """
                        .formatted(tier))));
    TestServer.await("the request to wait", () -> running(server).size() > before ? true : null);
  }

  @Test
  void earlierOnesOfTheTierAndAllOfHigherTiersGoBefore() {
    try (TestServer server = TestServer.withFakeEngine()) {
      TestServer.Tenant one = server.newTenant("\"weight\": 3");
      TestServer.Tenant two = server.newTenant("\"weight\": 1");
      List<CompletableFuture<?>> asked = new ArrayList<>();
      server.engine().pause();
      send(server, asked, one.key(), "flex");
      send(server, asked, two.key(), "flex");
      send(server, asked, one.key(), "default");

      List<JsonNode> waiting = running(server);
      assertThat(waiting).allMatch(r -> r.path("status").asString().equals("waiting"));
      assertThat(waiting.stream().map(r -> r.path("ahead").intValue())).containsExactly(1, 2, 0);
      assertThat(waiting.stream().map(r -> r.path("waits_for").asString()))
          .containsExactly("tier", "tier", "step");

      JsonNode tenants =
          TestServer.await(
              "a sample with both",
              () -> {
                JsonNode sample = server.get("/admin/live/latest", TestServer.ADMIN_KEY).json();
                return sample.path("waiting").intValue() == 3 ? sample.path("tenants") : null;
              });
      assertThat(tenants.findValuesAsString("waits_for")).doesNotContainNull().hasSize(2);

      server.engine().resume();
      asked.forEach(CompletableFuture::join);
    }
  }
}
