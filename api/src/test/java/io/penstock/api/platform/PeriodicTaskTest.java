package io.penstock.api.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class PeriodicTaskTest {
  private static final Duration FIRST = Duration.ofSeconds(60);
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final List<String> errors = new ArrayList<>();
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private Mono<?> turn = Mono.empty();
  private VirtualTimeScheduler clock;

  private final PeriodicTask task =
      new PeriodicTask(FIRST, INTERVAL) {
        @Override
        protected Mono<?> run() {
          begun.incrementAndGet();
          return turn.doOnCancel(cancelled::incrementAndGet);
        }

        @Override
        protected void failed(Throwable error) {
          errors.add(error.getMessage());
        }
      };

  @BeforeEach
  void start() {
    clock = VirtualTimeScheduler.getOrSet();
    task.start();
  }

  @AfterEach
  void reset() {
    VirtualTimeScheduler.reset();
  }

  @Test
  void runsAfterTheFirstTimeAndThenAtEachInterval() {
    clock.advanceTimeBy(FIRST.minusMillis(1));
    assertThat(begun).hasValue(0);
    clock.advanceTimeBy(Duration.ofMillis(1));
    assertThat(begun).hasValue(1);
    clock.advanceTimeBy(INTERVAL.multipliedBy(3));
    assertThat(begun).hasValue(4);
  }

  @Test
  void goesOnAfterTurnsThatFailInEitherWay() {
    turn = Mono.error(new IllegalStateException("no database"));
    clock.advanceTimeBy(FIRST);
    turn = null; // run throws
    clock.advanceTimeBy(INTERVAL);
    turn = Mono.just(1);
    clock.advanceTimeBy(INTERVAL);

    assertThat(begun).hasValue(3);
    assertThat(errors).hasSize(2).first().isEqualTo("no database");
  }

  @Test
  void leavesOutTimesAtWhichATurnIsUnderWay() {
    turn = Mono.delay(INTERVAL.multipliedBy(2).plusSeconds(1));
    clock.advanceTimeBy(FIRST.plus(INTERVAL.multipliedBy(2)));
    assertThat(begun).hasValue(1);
    clock.advanceTimeBy(INTERVAL);
    assertThat(begun).hasValue(2);
  }

  @Test
  void cancelsTheTurnThatIsUnderWayWhenItStops() {
    turn = Mono.never();
    clock.advanceTimeBy(FIRST);
    assertThat(task.isRunning()).isTrue();

    task.stop();
    clock.advanceTimeBy(INTERVAL.multipliedBy(9));

    assertThat(task.isRunning()).isFalse();
    assertThat(begun).hasValue(1);
    assertThat(cancelled).hasValue(1);
  }
}
