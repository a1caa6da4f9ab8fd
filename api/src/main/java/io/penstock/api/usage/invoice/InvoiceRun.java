package io.penstock.api.usage.invoice;

import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Makes the invoices of months that are over, on whichever server comes first. */
@Component
class InvoiceRun implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(InvoiceRun.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final int AT_ONCE = 100;

  private final InvoiceStore store;
  private volatile Disposable timer;

  InvoiceRun(InvoiceStore store) {
    this.store = store;
  }

  @Override
  public void start() {
    timer =
        Flux.interval(FIRST, INTERVAL)
            .onBackpressureDrop()
            .concatMap(
                _ ->
                    makeDue(Instant.now())
                        .onErrorResume(
                            e -> {
                              LOG.warn("Invoices wait: {}", e.toString());
                              return Mono.empty();
                            }),
                1)
            .subscribe();
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
  public void stop() {
    timer.dispose();
    timer = null;
  }

  @Override
  public boolean isRunning() {
    return timer != null;
  }

  @Override
  public int getPhase() {
    return 0;
  }
}
