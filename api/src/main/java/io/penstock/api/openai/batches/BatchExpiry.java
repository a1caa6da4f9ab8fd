package io.penstock.api.openai.batches;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Deletes files and batches that are older than they are kept. Any server may do it. */
@Component
class BatchExpiry extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(BatchExpiry.class);
  private static final Duration INTERVAL = Duration.ofMinutes(10);

  private final FileStore files;
  private final BatchWork work;

  BatchExpiry(FileStore files, BatchWork work) {
    super(INTERVAL);
    this.files = files;
    this.work = work;
  }

  @Override
  protected Mono<?> run() {
    return files.forget().then(work.forget());
  }

  @Override
  protected void failed(Throwable error) {
    LOG.warn("old batches stay: {}", error.toString());
  }

  @Override
  public int getPhase() {
    return BatchRunner.PHASE;
  }
}
