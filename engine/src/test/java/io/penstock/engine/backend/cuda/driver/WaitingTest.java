package io.penstock.engine.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitingTest {

  @Test
  void whatIsDoneIsNotWaitedFor() {
    AtomicInteger asked = new AtomicInteger();
    Waiting.until(() -> asked.incrementAndGet() > 0, Duration.ZERO, "nothing");
    assertThat(asked).hasValue(1);
  }

  @Test
  void whatNeverEndsTimesOut() {
    long begin = System.nanoTime();
    assertThatThrownBy(() -> Waiting.until(() -> false, Duration.ofMillis(300), "a step"))
        .isInstanceOf(CudaTimeoutException.class)
        .hasMessage("a step did not finish within 0.3 s");
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(300_000_000L);
  }

  @Test
  void anInterruptedThreadWaitsOnAndStaysInterrupted() {
    long end = System.nanoTime() + 5_000_000;
    Thread.currentThread().interrupt();
    Waiting.until(() -> System.nanoTime() > end, Duration.ofSeconds(10), "a step");
    assertThat(Thread.interrupted()).isTrue();
  }

  /** On any Linux the call is allowed; what it gains is a matter of measurement. */
  @Test
  void napsMayBeMadeExact() {
    TimerSlack.tighten();
    long begin = System.nanoTime();
    java.util.concurrent.locks.LockSupport.parkNanos(20_000);
    assertThat(System.nanoTime()).isGreaterThan(begin);
  }

  @Test
  void anAnswerIsReadyOrNotOrAFailure() {
    assertThat(Waiting.done(0, "cuEventQuery")).isTrue();
    assertThat(Waiting.done(600, "cuEventQuery")).isFalse();
    assertThatThrownBy(() -> Waiting.done(700, "cuEventQuery"))
        .isInstanceOfSatisfying(CudaException.class, e -> assertThat(e.contextLost()).isTrue());
  }
}
