package io.penstock.api.usage;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Makes the ledger's partitions months before they are needed. */
@Component
class LedgerPartitions implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerPartitions.class);
  private static final Duration INTERVAL = Duration.ofHours(6);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String MAKE =
      """
      select ledger_partition(((now() at time zone 'UTC') + make_interval(months => n))::date)::text
      from generate_series(0, 2) as n
      """;

  private final DatabaseClient database;
  private volatile Disposable timer;

  LedgerPartitions(DatabaseClient database) {
    this.database = database;
  }

  /** The first time before anything is booked: the database may be older than this month. */
  @Override
  public void start() {
    make().block(PATIENCE);
    timer =
        Flux.interval(INTERVAL)
            .onBackpressureDrop()
            .concatMap(
                _ ->
                    make()
                        .onErrorResume(
                            e -> {
                              LOG.warn("partitions of the ledger not made: {}", e.toString());
                              return Mono.empty();
                            }),
                1)
            .subscribe();
  }

  private Mono<Void> make() {
    return database.sql(MAKE).then();
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
