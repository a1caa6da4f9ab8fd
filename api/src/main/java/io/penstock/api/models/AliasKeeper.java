package io.penstock.api.models;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Tells the registry the aliases of the database: at once when this server changes one, and every
 * two seconds, so that a change that another server makes counts here within two.
 */
@Component
class AliasKeeper extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(AliasKeeper.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final AliasStore store;
  private final ModelRegistry registry;

  AliasKeeper(AliasStore store, ModelRegistry registry) {
    super(Duration.ZERO, INTERVAL);
    this.store = store;
    this.registry = registry;
  }

  /** Those that are known stay while the database does not answer. */
  Mono<Void> refresh() {
    return store
        .all()
        .collectMap(AliasStore.Alias::alias, AliasStore.Alias::model)
        .doOnNext(registry::aliases)
        .then();
  }

  @Override
  protected Mono<?> run() {
    return refresh();
  }

  @Override
  protected void failed(Throwable error) {
    LOG.debug("aliases not read", error);
  }
}
