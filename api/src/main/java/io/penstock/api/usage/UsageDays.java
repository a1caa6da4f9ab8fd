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

/**
 * Adds hours that ended up to days, for reports over weeks. All servers try; the database lets one
 * do it, and reports read hours until it is done.
 */
@Component
class UsageDays implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(UsageDays.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofMinutes(10);

  /** An hour more than after which a late booking is added to its day by a trigger. */
  private static final String CLOSE = "select close_usage_days(now() - interval '3 hours')::text";

  private final DatabaseClient database;
  private volatile Disposable timer;

  UsageDays(DatabaseClient database) {
    this.database = database;
  }

  @Override
  public void start() {
    timer =
        Flux.interval(FIRST, INTERVAL)
            .onBackpressureDrop()
            .concatMap(
                _ ->
                    database
                        .sql(CLOSE)
                        .then()
                        .onErrorResume(
                            e -> {
                              LOG.warn("days of usage not added up: {}", e.toString());
                              return Mono.empty();
                            }),
                1)
            .subscribe();
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
}
