package io.penstock.api.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.Plan;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.testing.TestServer;
import io.penstock.engine.core.ServiceTier;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

/** What becomes of holds when things happen twice, late or not at all. */
class BatchRunnerTest {
  private static final int PROMPT = 16;
  private static final int OUTPUT = 8;

  private final TestServer server = TestServer.fake();
  private final Ledger ledger = new Ledger(server);
  private final LedgerQueue queue = new LedgerQueue();
  private final Map<String, RunningHold> running = new ConcurrentHashMap<>();
  private final Semaphore slots = new Semaphore(0);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private BatchRunner runner;
  private Caller.Tenant caller;

  @BeforeEach
  void open() {
    runner =
        server
            .bean(BatchRunner.Factory.class)
            .create(new CounterGate(), queue, running, slots, new LedgerMetrics(meters), settler());
    runner.open();
    TestServer.Tenant tenant = server.newTenant();
    Map<String, Object> key =
        ledger
            .rows("select id, project_id from api_keys where tenant_id = '" + tenant.id() + "'")
            .getFirst();
    caller =
        new Caller.Tenant(
            UUID.fromString(tenant.id()),
            tenant.name(),
            (UUID) key.get("project_id"),
            (UUID) key.get("id"),
            new Plan(
                "standard", EnumSet.of(ServiceTier.DEFAULT), ServiceTier.DEFAULT, 1, null, 0, 0, 0),
            ZoneOffset.UTC,
            new KeyRights(Set.of(KeyRights.Scope.INFERENCE), List.of()),
            false);
  }

  @AfterEach
  void noTrace() {
    runner.close();
    assertThat(count("holds")).isZero();
    ledger.check();
  }

  /** Everything on one thread: what has ended is settled by the runner itself. */
  private BatchRunner.Settler settler() {
    return new BatchRunner.Settler() {
      @Override
      public boolean hasWork() {
        return queue.hasEnded();
      }

      @Override
      public void settleAll() {
        runner.run(new Batch(List.of(), queue.ended(Batch.MOST), List.of()));
      }
    };
  }

  private long count(String table) {
    return ledger.number(
        "select count(*) from " + table + " where tenant_id = '" + caller.tenantId() + "'");
  }

  private Map<String, Object> organization() {
    return ledger
        .rows("select * from counters where scope_id = '" + caller.tenantId() + "' and model = ''")
        .getFirst();
  }

  private RunningHold admit() {
    RequestInfo request =
        new RequestInfo(
            "req_" + RequestContext.randomHex(16),
            caller,
            "fake-model",
            "/v1/chat/completions",
            true,
            1,
            PROMPT,
            PROMPT,
            OUTPUT,
            true,
            new Urgency(ServiceTier.DEFAULT, 0, Urgency.NO_DEADLINE),
            Instant.now());
    List<Place.Answer> answers = new ArrayList<>();
    runner.run(new Batch(List.of(new Place(request, answers::add)), List.of(), List.of()));
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst()).isInstanceOf(Place.Admitted.class);
    return ((Place.Admitted) answers.getFirst()).hold();
  }

  private static Ended ended(RunningHold hold, int tokens, Ended.How how) {
    return new Ended(
        hold.row(),
        hold.price(),
        hold.bounds(),
        new Outcome(Outcome.Ending.STOP, PROMPT, 0, tokens, 0, 1000, 2000, 3_000_000, 0, null),
        how);
  }

  private void run(Ended... ended) {
    runner.run(new Batch(List.of(), List.of(ended), List.of()));
  }

  @Test
  void settledTwiceIsBookedOnce() {
    RunningHold hold = admit();
    assertThat(organization())
        .containsEntry("running", 1)
        .containsEntry("held_tokens", (long) PROMPT + OUTPUT);
    Ended end = ended(hold, 5, Ended.How.SETTLED);
    run(end);
    run(end); // as after a commit whose answer was lost
    assertThat(count("usage_records")).isEqualTo(1);
    assertThat(count("ledger_entries")).isEqualTo(1);
    assertThat(organization())
        .containsEntry("running", 0)
        .containsEntry("held_tokens", 0L)
        .containsEntry("day_tokens", PROMPT + 5L);
    assertThat(slots.availablePermits()).isEqualTo(2);
  }

  @Test
  void releasedTwiceIsAsIfItHadNeverBeen() {
    RunningHold hold = admit();
    Ended end = new Ended(hold.row(), hold.price(), hold.bounds(), null, Ended.How.RELEASED);
    run(end);
    run(end);
    assertThat(count("usage_records")).isZero();
    assertThat(organization())
        .containsEntry("running", 0)
        .containsEntry("held_tokens", 0L)
        .containsEntry("day_requests", 0L);
  }

  @Test
  void whatWasBookedAtACheckpointGetsItsRestOnce() {
    RunningHold hold = admit();
    run(ended(hold, 3, Ended.How.RECOVERED));
    run(ended(hold, 3, Ended.How.RECOVERED)); // another server tries, too
    assertThat(count("usage_records")).isEqualTo(1);
    run(ended(hold, 8, Ended.How.SETTLED));
    run(ended(hold, 8, Ended.How.SETTLED));
    Map<String, Object> row =
        ledger
            .rows("select * from usage_records where tenant_id = '" + caller.tenantId() + "'")
            .getFirst();
    assertThat(row)
        .containsEntry("prompt_tokens", PROMPT)
        .containsEntry("completion_tokens", 8)
        .containsEntry("finish_reason", "stop")
        .containsEntry("at_checkpoint", false);
    assertThat(count("ledger_entries")).as("usage and late").isEqualTo(2);
    assertThat(organization()).containsEntry("day_tokens", PROMPT + 8L);
  }

  @Test
  void whatEndedWithoutAHoldIsBookedNevertheless() {
    RunningHold hold = admit();
    run(new Ended(hold.row(), hold.price(), hold.bounds(), null, Ended.How.RELEASED));
    run(ended(hold, 4, Ended.How.SETTLED));
    assertThat(count("usage_records")).isEqualTo(1);
    assertThat(organization()).containsEntry("running", 0).containsEntry("day_tokens", PROMPT + 4L);
  }

  /** The one that the database refuses is logged and counted, its hold is freed, others go on. */
  @Test
  void aBadRowHoldsNobodyUp() {
    RunningHold good = admit();
    RunningHold bad = admit();
    run(ended(bad, -1, Ended.How.SETTLED), ended(good, 5, Ended.How.SETTLED));
    runner.run(new Batch(List.of(), queue.ended(Batch.MOST), List.of()));
    assertThat(count("usage_records")).isEqualTo(1);
    assertThat(organization()).containsEntry("running", 0).containsEntry("day_tokens", PROMPT + 5L);
    assertThat(meters.counter("penstock.usage.rows.refused").count()).isEqualTo(1);
    assertThat(slots.availablePermits()).isEqualTo(2);
  }

  @Test
  void othersCountersAreLeftAlone() {
    RunningHold hold = admit();
    long others =
        server
            .bean(DatabaseClient.class)
            .sql("select count(*) from counters where running > 0 and scope_id <> all (:ids)")
            .bind("ids", new UUID[] {caller.tenantId(), caller.projectId(), caller.keyId()})
            .map(row -> row.get(0, Long.class))
            .one()
            .block();
    assertThat(others).isZero();
    run(ended(hold, 1, Ended.How.SETTLED));
  }
}
