package io.penstock.api.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

/** What one replica is told counts on another within a second: two servers on one database. */
class RevocationTest {
  private static final int ROUNDS = 5;
  private static TestServer one;
  private static TestServer two;

  @BeforeAll
  static void start() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    one = TestServer.withFakeEngineOn(database);
    two = TestServer.withFakeEngineOn(database);
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
  }

  private static int models(TestServer server, String key) {
    return server.get("/v1/models", key).status();
  }

  private static void revoke(String id) {
    TestServer.Answer answer =
        one.send(one.request("/admin/keys/" + id, TestServer.ADMIN_KEY).DELETE().build());
    assertThat(answer.status()).isEqualTo(200);
  }

  /** Uses a key on the second replica until it is refused there. */
  private static Duration untilRefused(String key) {
    long begun = System.nanoTime();
    while (true) {
      long asked = System.nanoTime();
      int status = models(two, key);
      if (status == 401) {
        return Duration.ofNanos(asked - begun);
      }
      assertThat(status).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }
  }

  private static Duration revokedElsewhere() {
    TestServer.Tenant tenant = one.newTenant();
    String id =
        one.get("/admin/tenants/" + tenant.id() + "/keys", TestServer.ADMIN_KEY)
            .json()
            .path("data")
            .get(0)
            .path("id")
            .asString();
    assertThat(models(two, tenant.key())).isEqualTo(200);
    revoke(id);
    assertThat(models(one, tenant.key())).isEqualTo(401);
    return untilRefused(tenant.key());
  }

  @Test
  void aRevokedKeyStopsOnTheOtherReplicaWithinASecond() {
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(revokedElsewhere()).isLessThan(Duration.ofSeconds(1));
    }
  }

  /** When nobody tells the replica, the age of what it knows is the bound. */
  @Test
  void alsoWhenTheReplicaHearsNothing() {
    KeyChanges listener = two.bean(KeyChanges.class);
    listener.stop();
    try {
      for (int round = 0; round < ROUNDS; round++) {
        assertThat(revokedElsewhere()).isLessThan(Duration.ofSeconds(1));
      }
    } finally {
      listener.start();
    }
  }

  /** The connection that listens may break; it is made anew. */
  @Test
  void theListenerComesBack() {
    one.bean(DatabaseClient.class)
        .sql(
            "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen %' and datname = current_database()")
        .fetch()
        .all()
        .blockLast();
    TestServer.await(
        "two that listen",
        () ->
            one.bean(DatabaseClient.class)
                        .sql(
                            "select count(*) from pg_stat_activity where query ilike 'listen %' and datname = current_database()")
                        .map(row -> row.get(0, Long.class))
                        .one()
                        .block()
                    >= 2
                ? true
                : null);
    assertThat(revokedElsewhere()).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void restrictionsThatAreChangedToo() {
    for (int round = 0; round < ROUNDS; round++) {
      TestServer.Tenant tenant = one.newTenant();
      String keys = "/admin/tenants/" + tenant.id() + "/keys";
      String id =
          one.get(keys, TestServer.ADMIN_KEY).json().path("data").get(0).path("id").asString();
      assertThat(models(two, tenant.key())).isEqualTo(200);
      assertThat(
              one.post(
                      "/admin/keys/" + id,
                      TestServer.ADMIN_KEY,
                      "{\"allowed_cidrs\": [\"192.0.2.0/24\"]}")
                  .status())
          .isEqualTo(200);
      assertThat(untilRefused(tenant.key())).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void anArchivedProjectAndASuspendedTenantToo() {
    TestServer.Tenant tenant = one.newTenant();
    assertThat(models(two, tenant.key())).isEqualTo(200);
    assertThat(
            one.post(
                    "/admin/tenants/" + tenant.id(),
                    TestServer.ADMIN_KEY,
                    "{\"status\": \"suspended\"}")
                .status())
        .isEqualTo(200);
    assertThat(untilRefused(tenant.key())).isLessThan(Duration.ofSeconds(1));
  }
}
