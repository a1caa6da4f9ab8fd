package io.penstock.api.quota.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0ms",
    "12, 12ms",
    "999, 999ms",
    "1000, 1s",
    "1574, 1.574s",
    "8640, 8.64s",
    "59999, 59.999s",
    "60000, 1m0s",
    "61500, 1m1.5s",
    "360000, 6m0s",
    "3600000, 1h0m0s",
    "86399000, 23h59m59s"
  })
  void asOpenAisHeadersHaveThem(long millis, String text) {
    assertThat(Durations.text(Duration.ofMillis(millis))).isEqualTo(text);
  }
}
