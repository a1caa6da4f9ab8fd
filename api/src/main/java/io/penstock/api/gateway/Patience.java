package io.penstock.api.gateway;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Bounds waits that nearly always end long before: setting and cancelling such a bound wakes no
 * thread, and it may come a tenth of a second late.
 */
@Component
final class Patience implements DisposableBean {
  private static final Duration TICK = Duration.ofMillis(100);

  private final HashedWheelTimer timer =
      new HashedWheelTimer(
          new DefaultThreadFactory("patience", true), TICK.toMillis(), TimeUnit.MILLISECONDS);

  /** Completes with the sink, or completes the sink when it took too long. */
  Mono<Void> within(Duration atMost, Sinks.Empty<Void> sink) {
    return Mono.defer(
        () -> {
          Timeout timeout =
              timer.newTimeout(_ -> sink.tryEmitEmpty(), atMost.toMillis(), TimeUnit.MILLISECONDS);
          return sink.asMono().doFinally(_ -> timeout.cancel());
        });
  }

  @Override
  public void destroy() {
    timer.stop();
  }
}
