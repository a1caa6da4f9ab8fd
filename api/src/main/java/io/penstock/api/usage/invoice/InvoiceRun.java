package io.penstock.api.usage.invoice;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Makes the invoices of months that are over, on whichever server comes first. */
@Component
class InvoiceRun extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(InvoiceRun.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final int AT_ONCE = 100;

  private final InvoiceStore store;

  InvoiceRun(InvoiceStore store) {
    super(FIRST, INTERVAL);
    this.store = store;
  }

  @Override
  protected Mono<?> run() {
    return makeDue(Instant.now());
  }

  /** All that is due, a hundred at a time; also months that were missed. */
  Mono<Void> makeDue(Instant now) {
    return store
        .due(now, AT_ONCE)
        .collectList()
        .flatMap(
            due ->
                due.isEmpty()
                    ? Mono.empty()
                    : Flux.fromIterable(due)
                        .concatMap(store::make)
                        .then(Mono.defer(() -> makeDue(now))));
  }

  @Override
  protected void failed(Throwable error) {
    LOG.warn("Invoices wait: {}", error.toString());
  }
}
