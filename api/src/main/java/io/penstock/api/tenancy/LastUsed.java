package io.penstock.api.tenancy;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * When keys were last used, written every few seconds and at shutdown instead of with every
 * request. Holds one entry for each key used since the last write.
 */
@Component
class LastUsed extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(LastUsed.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final KeyStore keys;
  private Map<UUID, Instant> used = new HashMap<>();

  LastUsed(KeyStore keys) {
    super(INTERVAL);
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

  @Override
  protected Mono<?> run() {
    Map<UUID, Instant> taken = take();
    return taken.isEmpty() ? Mono.empty() : keys.touch(taken);
  }

  @Override
  protected void failed(Throwable error) {
    LOG.debug("last use of keys not written", error);
  }

  /** Writes what is left. */
  @Override
  public void stop() {
    super.stop();
    run().doOnError(this::failed).onErrorComplete().block(INTERVAL);
  }
}
