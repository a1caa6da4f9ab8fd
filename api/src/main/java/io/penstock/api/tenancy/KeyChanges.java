package io.penstock.api.tenancy;

import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Hears of changes of keys, projects, tenants and plans from the database, whichever replica made
 * them. On a connection of its own; while that is lost the age limit of {@link KeyCache} holds.
 */
@Component
class KeyChanges implements SmartLifecycle {
  /** As in the migration's trigger. */
  static final String CHANNEL = "penstock_authentication";

  private static final Logger LOG = LoggerFactory.getLogger(KeyChanges.class);
  private static final String ALL = "*";
  private static final Duration LEAST_PAUSE = Duration.ofMillis(200);
  private static final Duration MOST_PAUSE = Duration.ofSeconds(5);

  private final PostgresqlConnectionFactory factory;
  private final KeyCache cache;
  private volatile Disposable listening;

  KeyChanges(ConnectionFactory factory, KeyCache cache) {
    this.factory = unwrap(factory);
    this.cache = cache;
  }

  /** Behind the pool: a connection that listens is never given back. */
  private static PostgresqlConnectionFactory unwrap(Object factory) {
    Object inner = factory;
    while (!(inner instanceof PostgresqlConnectionFactory) && inner instanceof Wrapped<?> outer) {
      inner = outer.unwrap();
    }
    if (inner instanceof PostgresqlConnectionFactory found) {
      return found;
    }
    throw new IllegalStateException("no PostgreSQL connections behind " + factory.getClass());
  }

  @Override
  public void start() {
    listening =
        Flux.usingWhen(factory.create(), this::listen, PostgresqlConnection::close)
            .doOnError(e -> LOG.debug("not told of changed keys: {}", e.toString()))
            .concatWith(Mono.error(() -> new IllegalStateException("the connection ended")))
            .retryWhen(
                Retry.backoff(Long.MAX_VALUE, LEAST_PAUSE)
                    .maxBackoff(MOST_PAUSE)
                    .transientErrors(true))
            .subscribe();
  }

  private Flux<String> listen(PostgresqlConnection connection) {
    return connection
        .createStatement("listen " + CHANNEL)
        .execute()
        .flatMap(result -> result.getRowsUpdated())
        .then(Mono.fromRunnable(cache::forgetAll)) // what was said before is lost
        .thenMany(connection.getNotifications())
        .mapNotNull(notification -> notification.getParameter())
        .doOnNext(this::heard);
  }

  private void heard(String what) {
    if (what.equals(ALL)) {
      cache.forgetAll();
    } else {
      cache.forget(what);
    }
  }

  @Override
  public void stop() {
    listening.dispose();
    listening = null;
  }

  @Override
  public boolean isRunning() {
    return listening != null;
  }

  @Override
  public int getPhase() {
    return 0;
  }
}
