package io.penstock.api.usage;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Makes the ledger's partitions months before they are needed. */
@Component
class LedgerPartitions extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerPartitions.class);
  private static final Duration INTERVAL = Duration.ofHours(6);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String MAKE =
      """
      select ledger_partition(((now() at time zone 'UTC') + make_interval(months => n))::date)::text
      from generate_series(0, 2) as n
      """;

  private final DatabaseClient database;

  LedgerPartitions(DatabaseClient database) {
    super(INTERVAL);
    this.database = database;
  }

  /** The first time before anything is booked: the database may be older than this month. */
  @Override
  public void start() {
    run().block(PATIENCE);
    super.start();
  }

  @Override
  protected Mono<?> run() {
    return database.sql(MAKE).then();
  }

  @Override
  protected void failed(Throwable error) {
    LOG.warn("partitions of the ledger not made: {}", error.toString());
  }
}
