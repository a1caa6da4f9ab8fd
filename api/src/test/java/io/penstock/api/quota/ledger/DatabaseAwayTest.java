package io.penstock.api.quota.ledger;

import static io.penstock.api.quota.ledger.Ledger.CHAT;
import static io.penstock.api.quota.ledger.Ledger.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.OwnDatabase;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** PostgreSQL is stopped while requests run, and started again. */
class DatabaseAwayTest {
  private static final int STREAMS = 10;
  private static final int TOKENS = 200;

  @Test
  void streamsGoOnAndAllIsBookedOnceWhenItIsBack() throws Exception {
    try (OwnDatabase database = new OwnDatabase();
        TestServer server = TestServer.withFakeEngineOn(database.arguments());
        ExecutorService clients = Executors.newFixedThreadPool(STREAMS)) {
      Ledger ledger = new Ledger(server);
      server.engine().stepNanos(10_000_000);
      List<Future<TestServer.Answer>> answers = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        answers.add(
            clients.submit(() -> server.post(CHAT, TestServer.API_KEY, body(TOKENS, true))));
      }
      TestServer.await("the streams", () -> ledger.holds() == STREAMS ? true : null);

      database.stop();
      Thread.sleep(100);
      TestServer.Answer refused = server.post(CHAT, body(3, false));
      assertThat(refused.status()).as(refused.text()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isNotNull();
      for (Future<TestServer.Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(200);
        assertThat(
                answer
                    .get()
                    .events()
                    .getLast()
                    .path("choices")
                    .get(0)
                    .path("finish_reason")
                    .asString())
            .isEqualTo("length");
      }
      assertThat(server.post(CHAT, body(3, false)).status()).isEqualTo(503);

      database.startAgain();
      TestServer.await(
          "requests to be taken again",
          () -> server.post(CHAT, body(3, false)).status() == 200 ? true : null);
      ledger.awaitNoHolds();
      assertThat(
              ledger.number(
                  "select count(*) from usage_records where completion_tokens = " + TOKENS))
          .isEqualTo(STREAMS);
      ledger.check();
    }
  }
}
