package io.penstock.api.openai.responses;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Deletes responses that have expired. Any server may do it. */
@Component
class ResponseExpiry extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(ResponseExpiry.class);
  private static final Duration INTERVAL = Duration.ofMinutes(10);

  private final ResponseStore store;

  ResponseExpiry(ResponseStore store) {
    super(INTERVAL);
    this.store = store;
  }

  @Override
  protected Mono<?> run() {
    return store.forget();
  }

  @Override
  protected void failed(Throwable error) {
    LOG.debug("expired responses stay for now", error);
  }

  /** After all else has started; nothing waits for it. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE;
  }
}
