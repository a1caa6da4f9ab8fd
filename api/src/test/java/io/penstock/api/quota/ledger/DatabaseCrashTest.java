package io.penstock.api.quota.ledger;

import static io.penstock.api.quota.ledger.Ledger.CHAT;
import static io.penstock.api.quota.ledger.Ledger.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.api.testing.OwnDatabase;
import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

/** PostgreSQL is killed before what it has committed is on disk. */
class DatabaseCrashTest {
  private static final int STREAMS = 10;
  private static final int TOKENS = 20;

  /** Something else may have the log written between an admission and the crash, but not always. */
  private static final int ATTEMPTS = 5;

  @Test
  void whatItForgotIsHeldAgainAndBookedOnce() throws Exception {
    try (OwnDatabase database = new OwnDatabase();
        TestServer server = TestServer.withFakeEngineOn(database.arguments());
        ExecutorService clients = Executors.newFixedThreadPool(STREAMS);
        AutoCloseable _ = server.engine()::resume) {
      Ledger ledger = new Ledger(server);
      TestServer.Tenant tenant = server.newTenant();
      int crashes = 0;
      while (recalled(server) == 0 && crashes < ATTEMPTS) {
        crashes++;
        crashWithStreams(database, server, ledger, clients, tenant);
      }
      assertThat(recalled(server)).as("holds that were placed again").isPositive();

      long requests = (long) crashes * STREAMS;
      String ofTenant = " from usage_records where tenant_id = '" + tenant.id() + "'";
      assertThat(ledger.number("select count(*)" + ofTenant)).isEqualTo(requests);
      assertThat(ledger.number("select sum(completion_tokens)" + ofTenant))
          .isEqualTo(requests * TOKENS);
      assertThat(
              ledger.rows(
                  "select day_requests, running, held_tokens from counters where model = '' and scope_id = '"
                      + tenant.id()
                      + "'"))
          .as("counted once, by the hold or in its stead")
          .singleElement()
          .satisfies(
              row ->
                  assertThat(row)
                      .containsEntry("day_requests", requests)
                      .containsEntry("running", 0)
                      .containsEntry("held_tokens", 0L));
      ledger.check();
    }
  }

  private static void crashWithStreams(
      OwnDatabase database,
      TestServer server,
      Ledger ledger,
      ExecutorService clients,
      TestServer.Tenant tenant)
      throws Exception {
    server.engine().pause();
    List<Future<TestServer.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      answers.add(clients.submit(() -> server.post(CHAT, tenant.key(), body(TOKENS, true))));
    }
    TestServer.await("the streams", () -> ledger.holds() == STREAMS ? true : null);
    database.kill();
    database.startAgain();
    TestServer.await(
        "what was forgotten to be held again", () -> holds(ledger) == STREAMS ? true : null);
    server.engine().resume();
    for (Future<TestServer.Answer> answer : answers) {
      assertThat(answer.get().status()).isEqualTo(200);
      assertThat(answer.get().events()).hasSizeGreaterThan(1);
    }
    TestServer.await("all to be settled", () -> holds(ledger) == 0 ? true : null);
  }

  /** Connections of the pool break, too. */
  private static long holds(Ledger ledger) {
    try {
      return ledger.holds();
    } catch (RuntimeException _) {
      return -1;
    }
  }

  private static double recalled(TestServer server) {
    return server.bean(MeterRegistry.class).counter("penstock.ledger.recalled").count();
  }

  /** Another server lives whose requests the database does not know any more. */
  @Test
  void nobodyIsAdmittedUntilEverybodyHasSaidWhatItRuns() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    try (TestServer server = TestServer.withFakeEngineOn(database)) {
      Ledger ledger = new Ledger(server);
      assertThat(server.post(CHAT, body(3, false)).status()).isEqualTo(200);
      ledger.awaitNoHolds();
      UUID other = UUID.randomUUID();
      DatabaseClient client = server.bean(DatabaseClient.class);
      client
          .sql("insert into replicas (id, name) values (:id, 'other')")
          .bind("id", other)
          .then()
          .block();
      client.sql("truncate remembered_replicas").then().block(); // as after a crash,
      ledger.rows( // which breaks connections
          "select pg_terminate_backend(pid) from pg_stat_activity"
              + " where application_name = 'penstock ledger' and datname = current_database()");

      TestServer.Answer refused = server.post(CHAT, body(3, false));
      assertThat(refused.status()).as(refused.text()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isNotNull();
      TestServer.await(
          "this server to be known",
          () -> ledger.number("select count(*) from remembered_replicas") == 1 ? true : null);
      assertThat(server.post(CHAT, body(3, false)).status()).isEqualTo(503);

      client
          .sql("insert into remembered_replicas (id) values (:id)")
          .bind("id", other)
          .then()
          .block();
      TestServer.await(
          "requests to be taken again",
          () -> server.post(CHAT, body(3, false)).status() == 200 ? true : null);
      assertThat(
              ledger.number(
                  "select count(*) from replicas where fenced_at is null and id = '" + other + "'"))
          .as("it was not waited for until it was dead")
          .isOne();
      ledger.awaitNoHolds();
      ledger.check();
    }
  }
}
