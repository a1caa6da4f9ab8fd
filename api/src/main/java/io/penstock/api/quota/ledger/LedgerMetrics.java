package io.penstock.api.quota.ledger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The ledger in figures. */
final class LedgerMetrics {
  private final MeterRegistry registry;
  private final Timer transactions;
  private final DistributionSummary sizes;
  private final Counter quick;
  private final Counter refusedRows;
  private final Counter failures;
  private final Counter fenced;
  private final Counter recalled;

  LedgerMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.transactions =
        Timer.builder("penstock.ledger.transaction")
            .description("Admissions, settlements and checkpoints of one moment")
            .register(registry);
    this.sizes =
        DistributionSummary.builder("penstock.ledger.batch.size")
            .description("Admissions and settlements in a transaction")
            .register(registry);
    this.quick =
        Counter.builder("penstock.ledger.quick")
            .description("Admissions in one round trip, by counters that nobody else had written")
            .register(registry);
    this.refusedRows = registry.counter("penstock.usage.rows.refused");
    this.failures = registry.counter("penstock.ledger.failures");
    this.fenced = registry.counter("penstock.ledger.fenced");
    this.recalled =
        Counter.builder("penstock.ledger.recalled")
            .description("Holds placed again because the database had forgotten them")
            .register(registry);
  }

  void gauge(String name, Supplier<Number> value) {
    Gauge.builder(name, value).register(registry);
  }

  void committed(int size, long nanos) {
    transactions.record(nanos, TimeUnit.NANOSECONDS);
    sizes.record(size);
  }

  void quick(int admissions) {
    quick.increment(admissions);
  }

  void refusedRow() {
    refusedRows.increment();
  }

  void failed() {
    failures.increment();
  }

  void fenced() {
    fenced.increment();
  }

  void recalled(int holds) {
    recalled.increment(holds);
  }
}
