package io.penstock.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

class UsageLedgerTest {
  private static final String BODY =
      "{\"model\": \"fake-model\", \"max_tokens\": 7, \"stream\": %s, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";
  private static final String CHAT = "/v1/chat/completions";

  private final TestServer server = TestServer.fake();

  @Test
  void aRowSaysWhatTheAnswerSaid() {
    TestServer.Answer answer = server.post(CHAT, BODY.formatted(false));

    JsonNode row = server.usage(answer.header("x-request-id"));
    JsonNode usage = answer.json().path("usage");
    assertThat(row.path("tenant").asString()).isEqualTo("default");
    assertThat(row.path("model").asString()).isEqualTo("fake-model");
    assertThat(row.path("endpoint").asString()).isEqualTo(CHAT);
    assertThat(row.path("streamed").booleanValue()).isFalse();
    assertThat(row.path("choices").intValue()).isEqualTo(1);
    assertThat(row.path("prompt_tokens")).isEqualTo(usage.path("prompt_tokens"));
    assertThat(row.path("completion_tokens")).isEqualTo(usage.path("completion_tokens"));
    assertThat(row.path("cached_tokens").intValue()).isZero();
    assertThat(row.path("finish_reason").asString()).isEqualTo("length");
    assertThat(row.path("first_token_us").longValue()).isPositive();
    assertThat(row.path("total_us").longValue())
        .isGreaterThanOrEqualTo(row.path("first_token_us").longValue());
    assertThat(row.path("created_at").asString()).startsWith("20");
    assertThat(row.path("service_tier").asString()).isEqualTo("default");
    assertThat(row.path("compute_us").longValue()).isEqualTo(7 * 1000); // 1 ms a token
    assertThat(row.path("kv_kib_seconds").longValue()).isEqualTo(7 * 1024); // 1 MiB-s a token
    assertThat(row.path("error_code").isNull()).isTrue();
  }

  @Test
  void pagesAreNewestFirstAndComplete() {
    for (int i = 0; i < 5; i++) {
      server.usage(server.post(CHAT, BODY.formatted(true)).header("x-request-id"));
    }
    List<Long> ids = new ArrayList<>();
    String path = "/admin/usage?limit=2&tenant=default";
    JsonNode page = server.get(path, TestServer.ADMIN_KEY).json();
    while (true) {
      page.path("data").forEach(row -> ids.add(row.path("id").longValue()));
      if (!page.path("has_more").booleanValue()) {
        break;
      }
      page =
          server
              .get(path + "&before=" + page.path("next_before").longValue(), TestServer.ADMIN_KEY)
              .json();
    }
    assertThat(ids).hasSizeGreaterThanOrEqualTo(5).doesNotHaveDuplicates();
    assertThat(ids).isSortedAccordingTo((a, b) -> Long.compare(b, a));
    assertThat(
            server
                .get("/admin/usage?tenant=nobody", TestServer.ADMIN_KEY)
                .json()
                .path("data")
                .isEmpty())
        .isTrue();
  }

  /** Every token that clients got is in the table, also of requests that end with the server. */
  @Test
  void nothingIsLostUnderLoadAndAtShutdown() throws InterruptedException, ExecutionException {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    int requests = 200;
    long received = 0;
    try (TestServer own = TestServer.withFakeEngineOn(database);
        ExecutorService clients = Executors.newFixedThreadPool(50)) {
      List<Callable<Long>> calls = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        boolean stream = i % 2 == 0;
        calls.add(() -> tokens(own.post(CHAT, BODY.formatted(stream)), stream));
      }
      for (Future<Long> call : clients.invokeAll(calls)) {
        received += call.get();
      }
    }

    assertThat(received).isEqualTo(requests * 7L);
    try (TestServer again = TestServer.withFakeEngineOn(database)) {
      List<Long> counted =
          again
              .bean(DatabaseClient.class)
              .sql("select count(*), sum(completion_tokens) from usage_records")
              .map(row -> List.of(row.get(0, Long.class), row.get(1, Long.class)))
              .one()
              .block();
      assertThat(counted).containsExactly((long) requests, received);
    }
  }

  private static long tokens(TestServer.Answer answer, boolean stream) {
    if (!stream) {
      return answer.json().path("usage").path("completion_tokens").longValue();
    }
    return answer.events().stream()
        .mapToLong(
            e -> e.path("choices").get(0).path("delta").path("content").asString("").length())
        .sum();
  }

  /** No row is dropped when the database is slow: requests are refused once memory is used up. */
  @Test
  void withoutRoomForRowsRequestsAreRefused() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    String[] arguments = java.util.Arrays.copyOf(database, database.length + 1);
    arguments[database.length] = "--penstock.usage-queue-capacity=3";
    try (TestServer own = TestServer.withFakeEngineOn(arguments)) {
      DatabaseClient client = own.bean(DatabaseClient.class);
      // Rows are refused for as long as the table has another name.
      client.sql("alter table usage_records rename to away").then().block();
      List<String> accepted = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        TestServer.Answer answer = own.post(CHAT, BODY.formatted(false));
        assertThat(answer.status()).isEqualTo(200);
        accepted.add(answer.header("x-request-id"));
      }
      TestServer.Answer refused = own.post(CHAT, BODY.formatted(false));
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isNotNull();
      assertThat(refused.error().path("code").asString()).isEqualTo("server_is_overloaded");

      client.sql("alter table away rename to usage_records").then().block();
      accepted.forEach(own::usage);
      TestServer.await(
          "requests to be taken again",
          () -> own.post(CHAT, BODY.formatted(false)).status() == 200 ? true : null);
    }
  }

  /** A stream that runs at shutdown may finish. */
  @Test
  void shutdownLetsStreamsFinish() throws InterruptedException, ExecutionException {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    TestServer own = TestServer.withFakeEngineOn(database);
    own.engine().stepNanos(20_000_000);
    try (ExecutorService client = Executors.newSingleThreadExecutor()) {
      Future<TestServer.Answer> answer = client.submit(() -> own.post(CHAT, BODY.formatted(true)));
      TestServer.await("the request", () -> own.engine().active() > 0 ? true : null);

      own.close();

      assertThat(answer.get().status()).isEqualTo(200);
      assertThat(tokens(answer.get(), true)).isEqualTo(7);
    }
  }
}
