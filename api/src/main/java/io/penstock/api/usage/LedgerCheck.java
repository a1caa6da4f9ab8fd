package io.penstock.api.usage;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Compares balances with entries now and then, so that nobody need think of it. */
@Component
class LedgerCheck extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerCheck.class);
  private static final Duration FIRST = Duration.ofMinutes(5);
  private static final Duration INTERVAL = Duration.ofHours(1);

  private final AccountStore accounts;
  private volatile int unequal;

  LedgerCheck(AccountStore accounts, MeterRegistry meters) {
    super(FIRST, INTERVAL);
    this.accounts = accounts;
    Gauge.builder("penstock.ledger.imbalances", () -> unequal)
        .description("Accounts whose balance is not the sum of their entries, at the last check")
        .register(meters);
  }

  @Override
  protected Mono<?> run() {
    return accounts
        .imbalances(false)
        .collectList()
        .doOnNext(
            found -> {
              unequal = found.size();
              found.forEach(account -> LOG.error("Balance and entries differ: {}", account));
            });
  }

  @Override
  protected void failed(Throwable error) {
    LOG.debug("ledger not checked", error);
  }
}
