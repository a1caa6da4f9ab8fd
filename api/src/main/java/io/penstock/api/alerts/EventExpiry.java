package io.penstock.api.alerts;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Deletes events that were delivered, or given up, long ago. Any server may do it. */
@Component
class EventExpiry extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(EventExpiry.class);
  private static final Duration INTERVAL = Duration.ofHours(1);

  private final Outbox outbox;

  EventExpiry(Outbox outbox) {
    super(INTERVAL);
    this.outbox = outbox;
  }

  @Override
  protected Mono<?> run() {
    return outbox.forget();
  }

  @Override
  protected void failed(Throwable error) {
    LOG.debug("old events stay", error);
  }
}
