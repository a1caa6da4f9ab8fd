package io.penstock.api.quota.ledger;

import static io.penstock.api.quota.ledger.Ledger.CHAT;
import static io.penstock.api.quota.ledger.Ledger.body;
import static io.penstock.api.quota.ledger.Ledger.limit;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two servers in one JVM on one PostgreSQL. */
class TwoReplicasTest {
  private static TestServer one;
  private static TestServer two;
  private static Ledger ledger;

  @BeforeAll
  static void start() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    one = TestServer.withFakeEngineOn(database);
    two = TestServer.withFakeEngineOn(database);
    ledger = new Ledger(one);
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
  }

  /** Sends requests to both at once; answers by status. */
  private static Map<Integer, Long> storm(TestServer.Tenant tenant, int requests, int tokens)
      throws Exception {
    List<Callable<Integer>> calls = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      TestServer server = i % 2 == 0 ? one : two;
      boolean stream = i % 3 == 0;
      calls.add(() -> server.post(CHAT, tenant.key(), body(tokens, stream)).status());
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(64)) {
      for (Future<Integer> call : clients.invokeAll(calls)) {
        statuses.add(call.get());
      }
    }
    return statuses.stream().collect(Collectors.groupingBy(s -> s, Collectors.counting()));
  }

  /** Watches a figure until closed. */
  private static final class Watch implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong most = new AtomicLong();
    private final Thread thread;

    Watch(String sql) {
      thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!over.get()) {
                      most.accumulateAndGet(ledger.number(sql), Math::max);
                    }
                  });
    }

    /** The largest that was seen. */
    long most() {
      close();
      return most.get();
    }

    @Override
    public void close() {
      over.set(true);
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void aBudgetIsUsedToTheLastTokenAndNeverPassed() throws Exception {
    TestServer.Tenant tenant = one.newTenant();
    int prompt = promptTokens(tenant);
    long used =
        ledger.number(
            "select max(day_tokens) from counters where scope_id = '" + tenant.id() + "'");
    int tokens = 20;
    int fit = 50;
    long budget = used + (long) fit * (prompt + tokens);
    limit(one, "organization", tenant.id(), "tokens_per_day", budget);
    one.engine().stepNanos(2_000_000);
    two.engine().stepNanos(2_000_000);

    Map<Integer, Long> statuses;
    try (Watch watch =
        new Watch(
            "select day_tokens + held_tokens from counters where scope = 'organization' and scope_id = '"
                + tenant.id()
                + "'")) {
      statuses = storm(tenant, 300, tokens);
      assertThat(watch.most()).isEqualTo(budget);
    } finally {
      one.engine().reset();
      two.engine().reset();
    }

    assertThat(statuses).isEqualTo(Map.of(200, (long) fit, 429, 300L - fit));
    ledger.awaitNoHolds();
    assertThat(
            ledger.number(
                "select day_tokens from counters where scope = 'organization' and scope_id = '"
                    + tenant.id()
                    + "'"))
        .isEqualTo(budget);
    ledger.check();
  }

  @Test
  void noMoreThanAllowedRunAtTheSameTime() throws Exception {
    TestServer.Tenant tenant = one.newTenant();
    limit(two, "organization", tenant.id(), "concurrent_requests", 3);
    one.engine().stepNanos(1_000_000);
    two.engine().stepNanos(1_000_000);
    try (Watch watch =
        new Watch("select count(*) from holds where tenant_id = '" + tenant.id() + "'")) {
      Map<Integer, Long> statuses = storm(tenant, 100, 20);
      assertThat(watch.most()).isBetween(1L, 3L);
      assertThat(statuses.keySet()).containsOnly(200, 429);
      assertThat(statuses.get(200)).isGreaterThanOrEqualTo(3);
    } finally {
      one.engine().reset();
      two.engine().reset();
    }
    ledger.awaitNoHolds();
    ledger.check();
  }

  @Test
  void requestsPerMinuteAreCountedOnceForAllServers() throws Exception {
    TestServer.Tenant tenant = one.newTenant();
    limit(one, "organization", tenant.id(), "requests_per_minute", 17);
    assertThat(storm(tenant, 60, 1)).isEqualTo(Map.of(200, 17L, 429, 43L));
    ledger.awaitNoHolds();
    ledger.check();
  }

  /** A change of a limit counts for the very next request, on the other server too. */
  @Test
  void aChangedLimitCountsAtOnceEverywhere() {
    TestServer.Tenant tenant = one.newTenant();
    for (int i = 0; i < 10; i++) {
      limit(one, "organization", tenant.id(), "max_output_tokens", 5);
      assertThat(two.post(CHAT, tenant.key(), body(6, false)).status()).isEqualTo(400);
      limit(two, "organization", tenant.id(), "max_output_tokens", 6);
      assertThat(one.post(CHAT, tenant.key(), body(6, false)).status()).isEqualTo(200);
    }
  }

  private static int promptTokens(TestServer.Tenant tenant) {
    TestServer.Answer answer = one.post(CHAT, tenant.key(), body(1, false));
    one.usage(answer.header("x-request-id"));
    return answer.json().path("usage").path("prompt_tokens").intValue();
  }
}
