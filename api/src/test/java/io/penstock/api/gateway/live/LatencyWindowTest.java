package io.penstock.api.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyWindowTest {
  private static final long START = TimeUnit.HOURS.toNanos(100);

  private final LatencyWindow window = new LatencyWindow();

  @Test
  void percentilesAreWithinFivePercent() {
    for (int ms = 1; ms <= 1000; ms++) {
      window.record(TimeUnit.MILLISECONDS.toNanos(ms), START);
    }

    LatencyWindow.Percentiles found = window.percentiles(START);

    assertThat(found.count()).isEqualTo(1000);
    assertThat(found.p50Millis()).isCloseTo(500, withPercentage(5));
    assertThat(found.p99Millis()).isCloseTo(990, withPercentage(5));
    assertThat(found.mostMillis()).isCloseTo(1000, withPercentage(5));
  }

  @Test
  void whatIsOlderThanFiveMinutesIsForgotten() {
    window.record(TimeUnit.SECONDS.toNanos(9), START);
    window.record(TimeUnit.MILLISECONDS.toNanos(10), START + TimeUnit.MINUTES.toNanos(4));

    assertThat(window.percentiles(START + TimeUnit.SECONDS.toNanos(294)).count()).isEqualTo(2);
    LatencyWindow.Percentiles later = window.percentiles(START + TimeUnit.SECONDS.toNanos(305));
    assertThat(later.count()).isEqualTo(1);
    assertThat(later.p99Millis()).isCloseTo(10, withPercentage(5));
    assertThat(window.percentiles(START + TimeUnit.HOURS.toNanos(1)).count()).isZero();
    assertThat(window.percentiles(START + TimeUnit.HOURS.toNanos(1)).p99Millis()).isNaN();
  }

  @Test
  void theShortestAndTheLongestFit() {
    window.record(0, START);
    window.record(Long.MAX_VALUE, START);

    assertThat(window.percentiles(START).count()).isEqualTo(2);
  }
}
