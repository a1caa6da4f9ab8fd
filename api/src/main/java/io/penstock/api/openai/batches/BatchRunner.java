package io.penstock.api.openai.batches;

import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.access.KeyHolders;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Runs batches, a slice of each in turn, on whichever server comes first. A server holds a batch by
 * a lease that it renews; when it dies, another goes on with the lines that have no result, so a
 * line that ran at that moment runs twice. What is refused for lack of room waits; the batch ends
 * when all lines have results, when it is cancelled, or when its window is over.
 */
@Component
class BatchRunner implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration GIVING_BACK = Duration.ofSeconds(5);
  private static final Duration RENEWAL = Duration.ofSeconds(10);
  private static final int BATCHES_AT_ONCE = 4;
  private static final int LINES_AT_ONCE = 16;
  private static final int SLICE = 64;

  /** Later than the models stop, so earlier in a shutdown: what runs may end. */
  static final int PHASE = 2000;

  private final BatchWork work;
  private final LineRunner lines;
  private final KeyHolders keys;
  private final Sinks.Many<Long> turns = Sinks.many().multicast().directBestEffort();
  private final Set<String> held = ConcurrentHashMap.newKeySet();
  private volatile Disposable.Composite running;

  BatchRunner(BatchWork work, LineRunner lines, KeyHolders keys) {
    this.work = work;
    this.lines = lines;
    this.keys = keys;
  }

  @Override
  public void start() {
    running = Disposables.composite();
    running.add(
        Flux.merge(Flux.interval(INTERVAL).onBackpressureDrop(), turns.asFlux())
            .onBackpressureDrop()
            .concatMap(_ -> round().onErrorResume(e -> quietly("batches wait", e)), 1)
            .subscribe());
  }

  /** Begins a slice of each batch whose turn it is; one that takes long holds no other up. */
  private Mono<Void> round() {
    int free = BATCHES_AT_ONCE - held.size();
    return free <= 0 ? Mono.empty() : work.take(free, LEASE).doOnNext(this::begin).then();
  }

  private void begin(StoredBatch batch) {
    Disposable.Composite all = running;
    if (all == null) {
      return; // stopping; the lease ends by itself
    }
    held.add(batch.id());
    Disposable.Swap begun = Disposables.swap();
    all.add(begun);
    begun.update(
        slice(batch)
            .onErrorResume(e -> quietly("a batch waits for its lease to end", e))
            .doFinally(
                _ -> {
                  all.remove(begun);
                  held.remove(batch.id());
                  turns.tryEmitNext(0L); // or the next interval is its turn
                })
            .subscribe());
  }

  private Mono<Void> slice(StoredBatch batch) {
    if (batch.status().equals("cancelling")) {
      return work.end(batch, "cancelled", "batch_cancelled", "The batch was cancelled.");
    }
    if (!batch.expiresAt().isAfter(Instant.now())) {
      return work.end(
          batch,
          "expired",
          "batch_expired",
          "This request could not be executed before the completion window expired.");
    }
    AtomicReference<Duration> wait = new AtomicReference<>();
    Mono<Void> run =
        work.next(batch.id(), SLICE)
            .collectList()
            .flatMap(
                next ->
                    next.isEmpty()
                        ? work.end(batch, "completed", "batch_failed", "It was not run.")
                        : run(batch, next, wait)
                            .then(
                                Mono.defer(
                                    () ->
                                        work.release(
                                            batch.id(),
                                            wait.get() == null ? Duration.ZERO : wait.get()))));
    return run.takeUntilOther(lost(batch));
  }

  /** Keeps the lease; ends only when that fails, as then another server may have the batch. */
  private Mono<Void> lost(StoredBatch batch) {
    return Flux.interval(RENEWAL)
        .onBackpressureDrop()
        .concatMap(_ -> work.renew(batch.id(), LEASE), 1)
        .then();
  }

  private Mono<Void> run(
      StoredBatch batch, List<BatchWork.Line> next, AtomicReference<Duration> wait) {
    return keys.tenant(batch.keyId())
        .flatMap(
            caller ->
                Flux.fromIterable(next)
                    .flatMap(
                        line ->
                            wait.get() != null
                                ? Mono.empty()
                                : work.isCancelling(batch.id())
                                    .flatMap(
                                        cancelling ->
                                            cancelling
                                                ? Mono.<LineRunner.Result>empty()
                                                : lines.run(line, batch.endpoint(), caller))
                                    .flatMap(result -> took(line, result, wait)),
                        LINES_AT_ONCE)
                    .then())
        .onErrorResume(ApiException.class, e -> keyRefused(next, e, wait));
  }

  private Mono<Void> took(
      BatchWork.Line line, LineRunner.Result result, AtomicReference<Duration> wait) {
    return switch (result) {
      case LineRunner.Result.Written(String text, boolean failed) -> work.done(line, text, failed);
      case LineRunner.Result.Later(Duration time) -> {
        wait.accumulateAndGet(time, (a, b) -> a == null || a.compareTo(b) < 0 ? b : a);
        yield Mono.empty();
      }
    };
  }

  private Mono<Void> keyRefused(
      List<BatchWork.Line> next, ApiException refusal, AtomicReference<Duration> wait) {
    RequestContext context =
        new RequestContext("req_" + RequestContext.randomHex(16), Instant.now(), System.nanoTime());
    return Flux.fromIterable(next)
        .concatMap(line -> took(line, lines.refused(line, context, refusal), wait))
        .then();
  }

  private static <T> Mono<T> quietly(String what, Throwable e) {
    LOG.warn("{}: {}", what, e.toString());
    return Mono.empty();
  }

  /** What is held is given back, so that another server goes on at once. */
  @Override
  public void stop() {
    List<String> given = List.copyOf(held);
    Disposable.Composite all = running;
    running = null;
    all.dispose();
    Flux.fromIterable(given)
        .flatMap(id -> work.release(id, Duration.ZERO))
        .then()
        .onErrorResume(e -> quietly("leases end by themselves", e))
        .block(GIVING_BACK);
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
