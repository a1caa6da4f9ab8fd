package io.penstock.api.quota.ledger;

import static io.penstock.api.quota.ledger.Ledger.CHAT;
import static io.penstock.api.quota.ledger.Ledger.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A server falls silent with requests running; later it turns out that it only slept. */
class DeadReplicaTest {
  private static final int STREAMS = 20;
  private static final int TOKENS = 400;

  @Test
  void itsRequestsAreSettledAtTheirCheckpointAndTheRestWhenItWakes() throws Exception {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    try (TestServer sleeper = TestServer.withFakeEngineOn(database);
        TestServer other = TestServer.withFakeEngineOn(database);
        ExecutorService clients = Executors.newFixedThreadPool(STREAMS);
        AutoCloseable _ = sleeper.engine()::resume) {
      Ledger ledger = new Ledger(other);
      TestServer.Tenant tenant = other.newTenant();
      assertThat(
              other
                  .post(
                      "/admin/prices",
                      TestServer.ADMIN_KEY,
                      "{\"model\": \"fake-model\", \"prompt\": 1000000, \"completion\": 3000000}")
                  .status())
          .isEqualTo(201);
      sleeper.engine().stepNanos(5_000_000);
      List<Future<TestServer.Answer>> answers = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        answers.add(clients.submit(() -> sleeper.post(CHAT, tenant.key(), body(TOKENS, true))));
      }
      long generatedBefore = sleeper.engine().metrics().generationTokens();
      TestServer.await(
          "all streams to run for a while",
          () ->
              ledger.holds() == STREAMS
                      && sleeper.engine().metrics().generationTokens() - generatedBefore
                          > STREAMS * 60L
                  ? true
                  : null);

      sleeper.engine().pause();
      sleeper.bean(ReplicaKeeper.class).stop();
      Thread.sleep(50); // the last checkpoints
      long generated = sleeper.engine().metrics().generationTokens() - generatedBefore;
      long begin = System.nanoTime();
      TestServer.await("the other to settle them", () -> ledger.holds() == 0 ? true : null);
      assertThat(System.nanoTime() - begin).isLessThan(10_000_000_000L);

      long settled = ledger.number("select sum(completion_tokens) from usage_records");
      assertThat(settled).isBetween(generated - STREAMS * 64L, generated);
      assertThat(ledger.number("select count(*) from usage_records where at_checkpoint"))
          .isEqualTo(STREAMS);
      ledger.check();

      sleeper.engine().resume();
      for (Future<TestServer.Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(200);
      }
      TestServer.await(
          "the rest to be booked",
          () ->
              ledger.number("select count(*) from usage_records where at_checkpoint") == 0
                  ? true
                  : null);
      long all = sleeper.engine().metrics().generationTokens() - generatedBefore;
      assertThat(all).as("its requests end soon").isLessThan(STREAMS * (long) TOKENS);
      assertThat(ledger.number("select sum(completion_tokens) from usage_records"))
          .as("nothing is lost and nothing counted twice")
          .isEqualTo(all);
      long prompts = ledger.number("select sum(prompt_tokens) from usage_records");
      assertThat(
              ledger.number(
                  "select -balance from accounts where kind = 'balance' and tenant_id = '"
                      + tenant.id()
                      + "'"))
          .isEqualTo(prompts + 3 * all);
      assertThat(sleeper.post(CHAT, tenant.key(), body(3, false)).status())
          .as("it goes on under another name")
          .isEqualTo(200);
      ledger.awaitNoHolds();
      ledger.check();
    }
  }
}
