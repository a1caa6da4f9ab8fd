package io.penstock.api.usage;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Compares balances with entries now and then, so that nobody need think of it. */
@Component
class LedgerCheck implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerCheck.class);
  private static final Duration FIRST = Duration.ofMinutes(5);
  private static final Duration INTERVAL = Duration.ofHours(1);

  private final AccountStore accounts;
  private volatile int unequal;
  private volatile Disposable timer;

  LedgerCheck(AccountStore accounts, MeterRegistry meters) {
    this.accounts = accounts;
    Gauge.builder("penstock.ledger.imbalances", () -> unequal)
        .description("Accounts whose balance is not the sum of their entries, at the last check")
        .register(meters);
  }

  @Override
  public void start() {
    timer =
        Flux.interval(FIRST, INTERVAL)
            .onBackpressureDrop()
            .concatMap(_ -> check().onErrorResume(LedgerCheck::later), 1)
            .subscribe();
  }

  private Mono<List<AccountStore.Imbalance>> check() {
    return accounts
        .imbalances(false)
        .collectList()
        .doOnNext(
            found -> {
              unequal = found.size();
              found.forEach(account -> LOG.error("Balance and entries differ: {}", account));
            });
  }

  private static Mono<List<AccountStore.Imbalance>> later(Throwable error) {
    LOG.debug("ledger not checked", error);
    return Mono.empty();
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
