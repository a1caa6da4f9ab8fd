package io.penstock.api.prompts;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Deletes prompts that are older than their organization keeps them. Any server may do it. */
@Component
class PromptExpiry implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(PromptExpiry.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final int AT_A_TIME = 500;

  private final PromptStore store;
  private volatile Disposable timer;

  PromptExpiry(PromptStore store) {
    this.store = store;
  }

  @Override
  public void start() {
    timer =
        Flux.interval(FIRST, INTERVAL)
            .onBackpressureDrop()
            .concatMap(
                _ ->
                    expire()
                        .onErrorResume(
                            e -> {
                              LOG.warn("old prompts not deleted: {}", e.toString());
                              return Mono.empty();
                            }),
                1)
            .subscribe();
  }

  /** All that is too old now. */
  Mono<Void> expire() {
    return store.expire(AT_A_TIME).repeat().takeUntil(deleted -> deleted < AT_A_TIME).then();
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
}
