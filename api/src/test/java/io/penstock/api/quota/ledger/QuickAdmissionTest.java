package io.penstock.api.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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

/** Two ledgers on the same counters, each of which believes what it left. */
class QuickAdmissionTest {
  private static final int PROMPT = 16;
  private static final int OUTPUT = 8;

  private final TestServer server = TestServer.fake();
  private final Ledger ledger = new Ledger(server);
  private final List<RunningHold> holds = new ArrayList<>();
  private Side one;
  private Side two;
  private Caller.Tenant caller;

  private static final BatchRunner.Settler NOTHING_ENDS =
      new BatchRunner.Settler() {
        @Override
        public boolean hasWork() {
          return false;
        }

        @Override
        public void settleAll() {
          throw new AssertionError("nothing has ended");
        }
      };

  /** A ledger's connection and what it knows. */
  private final class Side {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BatchRunner runner =
        server
            .bean(BatchRunner.Factory.class)
            .create(
                new CounterGate(),
                new LedgerQueue(),
                new ConcurrentHashMap<>(),
                new Semaphore(0),
                new LedgerMetrics(meters),
                NOTHING_ENDS);

    Side() {
      runner.open();
    }

    /** How many it admitted in one round trip. */
    double quick() {
      return meters.counter("penstock.ledger.quick").count();
    }

    boolean admits() {
      return admits(1);
    }

    boolean admits(int requests) {
      List<Place.Answer> answers = new ArrayList<>();
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        places.add(new Place(request(), answers::add));
      }
      runner.run(new Batch(places, List.of(), List.of()));
      assertThat(answers).hasSize(requests);
      holds.addAll(Place.admitted(answers));
      return answers.stream().allMatch(Place.Admitted.class::isInstance);
    }
  }

  @BeforeEach
  void open() {
    one = new Side();
    two = new Side();
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
  void release() {
    List<Ended> ended =
        holds.stream()
            .map(h -> new Ended(h.row(), h.price(), h.bounds(), null, Ended.How.RELEASED))
            .toList();
    one.runner.run(new Batch(List.of(), ended, List.of()));
    one.runner.close();
    two.runner.close();
    assertThat(
            ledger.number("select count(*) from holds where tenant_id = '%s'".formatted(tenant())))
        .isZero();
    ledger.check();
  }

  private String tenant() {
    return caller.tenantId().toString();
  }

  private RequestInfo request() {
    return new RequestInfo(
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
  }

  private void assertHeld(int requests) {
    assertThat(ledger.rows("select * from counters where scope_id = '" + tenant() + "'").getFirst())
        .containsEntry("running", requests)
        .containsEntry("held_tokens", (long) requests * (PROMPT + OUTPUT))
        .containsEntry("day_requests", (long) requests);
    assertThat(ledger.rows("select * from hold_imbalance")).isEmpty();
  }

  @Test
  void whoeverIsAloneReadsOnce() {
    assertThat(one.admits()).isTrue();
    assertThat(one.quick()).as("nothing was known").isZero();
    assertThat(one.admits()).isTrue();
    assertThat(one.admits(3)).isTrue();
    assertThat(one.quick()).isEqualTo(4);
    assertHeld(5);
  }

  @Test
  void ownSettlementsAreKnown() {
    assertThat(one.admits(2)).isTrue();
    RunningHold first = holds.removeFirst();
    one.runner.run(
        new Batch(
            List.of(),
            List.of(
                new Ended(first.row(), first.price(), first.bounds(), null, Ended.How.RELEASED)),
            List.of()));
    assertHeld(1);
    assertThat(one.admits()).isTrue();
    assertThat(one.quick()).isEqualTo(1);
    assertHeld(2);
  }

  @Test
  void whatOthersHaveWrittenIsReadFirst() {
    assertThat(one.admits()).isTrue();
    assertThat(two.admits(2)).isTrue();
    assertThat(one.admits()).isTrue();
    assertThat(one.quick()).as("another had written").isZero();
    assertThat(one.admits()).isTrue();
    assertThat(one.quick()).as("and may again").isZero();
    assertHeld(5);
  }

  @Test
  void nobodyIsAdmittedByWhatWasBelieved() {
    Ledger.limit(server, "organization", tenant(), "concurrent_requests", 3);
    assertThat(one.admits()).isTrue();
    assertThat(two.admits(2)).isTrue();
    assertThat(one.admits()).as("it knows of one only").isFalse();
    assertHeld(3);
  }

  @Test
  void nobodyIsRefusedByWhatWasBelieved() {
    Ledger.limit(server, "organization", tenant(), "concurrent_requests", 1);
    assertThat(one.admits()).isTrue();
    RunningHold first = holds.removeFirst();
    two.runner.run(
        new Batch(
            List.of(),
            List.of(
                new Ended(first.row(), first.price(), first.bounds(), null, Ended.How.RELEASED)),
            List.of()));
    assertThat(one.admits()).as("it does not know that there is room").isTrue();
    assertHeld(1);
  }

  @Test
  void aNewLimitCountsForTheNextRequest() {
    assertThat(one.admits(2)).isTrue();
    assertThat(one.admits()).isTrue();
    Ledger.limit(server, "organization", tenant(), "concurrent_requests", 3);
    assertThat(one.admits()).isFalse();
    assertHeld(3);
  }
}
