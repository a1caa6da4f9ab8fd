package io.penstock.api.models;

import io.penstock.api.gateway.ModelRegistry;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tells the registry the aliases of the database: at once when this server changes one, and every
 * two seconds, so that a change that another server makes counts here within two.
 */
@Component
class AliasKeeper implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(AliasKeeper.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final AliasStore store;
  private final ModelRegistry registry;
  private volatile Disposable timer;

  AliasKeeper(AliasStore store, ModelRegistry registry) {
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
  public void start() {
    timer =
        Flux.interval(Duration.ZERO, INTERVAL)
            .onBackpressureDrop()
            .concatMap(_ -> refresh().onErrorResume(AliasKeeper::later), 1)
            .subscribe();
  }

  private static Mono<Void> later(Throwable e) {
    LOG.debug("aliases not read", e);
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
