package io.penstock.api.prompts;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Deletes prompts that are older than their organization keeps them. Any server may do it. */
@Component
class PromptExpiry extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(PromptExpiry.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final int AT_A_TIME = 500;

  private final PromptStore store;

  PromptExpiry(PromptStore store) {
    super(FIRST, INTERVAL);
    this.store = store;
  }

  @Override
  protected Mono<?> run() {
    return expire();
  }

  /** All that is too old now. */
  Mono<Void> expire() {
    return store.expire(AT_A_TIME).repeat().takeUntil(deleted -> deleted < AT_A_TIME).then();
  }

  @Override
  protected void failed(Throwable error) {
    LOG.warn("old prompts not deleted: {}", error.toString());
  }

  /** After all else has started; nothing waits for it. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE;
  }
}
