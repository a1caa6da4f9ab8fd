package io.penstock.api.platform;

import java.time.Duration;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a server does again and again while it runs, one turn after the other: a time at which a
 * turn is still under way is left out, a turn that fails changes nothing for the next, and one that
 * is under way when the server stops is cancelled. It blocks no thread and has none of its own.
 *
 * <p>A lifecycle rather than {@code @Scheduled}, which knows no phases: these stop when requests
 * have ended and before the database goes.
 */
public abstract class PeriodicTask implements SmartLifecycle {
  private final Duration first;
  private final Duration interval;
  private volatile Disposable turns;

  /**
   * @param first from the start to the first turn
   * @param interval from each time to the next
   */
  protected PeriodicTask(Duration first, Duration interval) {
    this.first = first;
    this.interval = interval;
  }

  /** The first turn after an interval. */
  protected PeriodicTask(Duration interval) {
    this(interval, interval);
  }

  /** A turn; what it emits does not matter. */
  protected abstract Mono<?> run();

  /** Logs why a turn failed. */
  protected abstract void failed(Throwable error);

  @Override
  public void start() {
    turns =
        Flux.interval(first, interval)
            .onBackpressureDrop()
            .concatMap(
                _ -> Mono.<Object>defer(this::run).doOnError(this::failed).onErrorComplete(), 1)
            .subscribe();
  }

  @Override
  public void stop() {
    turns.dispose();
    turns = null;
  }

  @Override
  public boolean isRunning() {
    return turns != null;
  }

  /** With the database: before anything that serves requests, and after it. */
  @Override
  public int getPhase() {
    return 0;
  }
}
