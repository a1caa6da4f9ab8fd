package io.penstock.api.models;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.engine.boot.LoadProgress;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows how far a model is in the registry, and now and then in the log when it takes long. */
final class ProgressLog implements LoadProgress {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressLog.class);
  private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

  private final String id;
  private final ModelRegistry registry;
  private long lastLogged = System.nanoTime();

  ProgressLog(String id, ModelRegistry registry) {
    this.id = id;
    this.registry = registry;
  }

  @Override
  public void at(String stage, long done, long total) {
    String progress = total > 0 ? "%s %d %%".formatted(stage, 100 * done / total) : stage;
    registry.loading(id, progress, new ModelStatus.Progress(stage, done, total));
    long now = System.nanoTime();
    if (now - lastLogged >= INTERVAL_NANOS) {
      lastLogged = now;
      LOG.info("Loading model {}: {}", id, progress);
    }
  }
}
