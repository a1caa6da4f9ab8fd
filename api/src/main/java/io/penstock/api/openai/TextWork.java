package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Threads for rendering and encoding, which may take milliseconds: neither the event loop nor the
 * threads that carry tokens to clients must wait for another tenant's long prompt.
 */
@Component
public final class TextWork implements DisposableBean {
  private static final int MOST_WAITING_PER_THREAD = 1000;

  /**
   * Bytes of a request that take no longer to encode than to hand to another thread: a few tens of
   * microseconds.
   */
  private static final long SHORT = 1024;

  private final Scheduler scheduler =
      Schedulers.newBoundedElastic(
          Runtime.getRuntime().availableProcessors(), MOST_WAITING_PER_THREAD, "text");

  /**
   * Does the work here and now if the request is short.
   *
   * @param plain whether its length tells how long it takes
   */
  <T> Mono<T> run(ServerWebExchange exchange, boolean plain, Callable<T> work) {
    long length = exchange.getRequest().getHeaders().getContentLength();
    return plain && length >= 0 && length <= SHORT ? Mono.fromCallable(work) : run(work);
  }

  public <T> Mono<T> run(Callable<T> work) {
    return Mono.fromCallable(work)
        .subscribeOn(scheduler)
        .onErrorMap(
            RejectedExecutionException.class,
            _ ->
                ApiException.overloaded(
                    "Too many requests are being prepared.", Duration.ofSeconds(1)));
  }

  @Override
  public void destroy() {
    scheduler.dispose();
  }
}
