package io.penstock.api.tenancy;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * When keys were last used, written every few seconds and at shutdown instead of with every
 * request. Holds one entry for each key used since the last write.
 */
@Component
class LastUsed implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(LastUsed.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final KeyStore keys;
  private Map<UUID, Instant> used = new HashMap<>();
  private volatile Disposable timer;

  LastUsed(KeyStore keys) {
    this.keys = keys;
  }

  synchronized void at(UUID key, Instant time) {
    used.put(key, time);
  }

  private synchronized Map<UUID, Instant> take() {
    Map<UUID, Instant> taken = used;
    used = new HashMap<>();
    return taken;
  }

  private Mono<Void> write() {
    Map<UUID, Instant> taken = take();
    return taken.isEmpty()
        ? Mono.empty()
        : keys.touch(taken)
            .onErrorResume(
                e -> {
                  LOG.debug("last use of {} keys not written", taken.size(), e);
                  return Mono.empty();
                });
  }

  @Override
  public void start() {
    timer = Flux.interval(INTERVAL).onBackpressureDrop().concatMap(_ -> write(), 1).subscribe();
  }

  @Override
  public void stop() {
    timer.dispose();
    timer = null;
    write().block(INTERVAL);
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
