package io.penstock.api.usage;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Adds hours that ended up to days, for reports over weeks. All servers try; the database lets one
 * do it, and reports read hours until it is done.
 */
@Component
class UsageDays extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(UsageDays.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofMinutes(10);

  /** An hour more than after which a late booking is added to its day by a trigger. */
  private static final String CLOSE = "select close_usage_days(now() - interval '3 hours')::text";

  private final DatabaseClient database;

  UsageDays(DatabaseClient database) {
    super(FIRST, INTERVAL);
    this.database = database;
  }

  @Override
  protected Mono<?> run() {
    return database.sql(CLOSE).then();
  }

  @Override
  protected void failed(Throwable error) {
    LOG.warn("days of usage not added up: {}", error.toString());
  }

  /** After all else has started; nothing waits for it. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE;
  }
}
