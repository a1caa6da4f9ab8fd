package io.penstock.api.quota.ledger;

import static io.penstock.api.quota.ledger.Ledger.CHAT;
import static io.penstock.api.quota.ledger.Ledger.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A database that neither answers nor goes away: somebody keeps a lock that admission needs. */
class FrozenDatabaseTest {

  @Test
  void nobodyWaitsLongAndWhatIsAdmittedTooLateIsReleased() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    try (TestServer server = TestServer.withFakeEngineOn(database)) {
      Ledger ledger = new Ledger(server);
      assertThat(server.post(CHAT, body(3, false)).status()).isEqualTo(200);
      ledger.awaitNoHolds();
      long usage = ledger.number("select count(*) from usage_records");

      Sinks.Empty<Void> thaw = Sinks.empty();
      DatabaseClient client = server.bean(DatabaseClient.class);
      UUID replica = server.bean(Replica.class).id();
      Sinks.Empty<Void> frozen = Sinks.empty();
      server
          .bean(TransactionalOperator.class)
          .transactional(
              client
                  .sql("select id from counters order by id for update")
                  .fetch()
                  .all()
                  .then(Mono.fromRunnable(frozen::tryEmitEmpty))
                  .then(thaw.asMono()))
          .subscribe();
      frozen.asMono().block();

      long begin = System.nanoTime();
      TestServer.Answer refused = server.post(CHAT, body(3, false));
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isNotNull();
      assertThat(System.nanoTime() - begin).isBetween(2_500_000_000L, 8_000_000_000L);

      thaw.tryEmitEmpty();
      TestServer.await(
          "requests to be taken again",
          () -> server.post(CHAT, body(3, false)).status() == 200 ? true : null);
      ledger.awaitNoHolds();
      ledger.check();
      assertThat(server.bean(Replica.class).id()).isEqualTo(replica);
      assertThat(ledger.number("select count(*) from usage_records"))
          .as("what was refused is not booked")
          .isEqualTo(usage + 1);
    }
  }
}
