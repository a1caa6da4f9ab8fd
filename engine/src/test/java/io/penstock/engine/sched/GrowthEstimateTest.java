package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GrowthEstimateTest {
  private final GrowthEstimate growth = new GrowthEstimate();

  @Test
  void expectsHalfBeforeAnythingIsKnown() {
    assertThat(growth.expected(100, 100)).isEqualTo(50);
    assertThat(growth.expected(2048, 2048)).isEqualTo(1024);
    assertThat(growth.expected(1, 0)).isZero();
  }

  @Test
  void aHugeLimitIsNoForecast() {
    assertThat(growth.expected(131_072, 131_072)).isEqualTo(2048);
    assertThat(growth.expected(4096, 4096)).isEqualTo(2048);
  }

  @Test
  void learnsTheShareThatIsUsed() {
    growth.ended(100, 100);
    assertThat(growth.ratio(100)).isEqualTo(0.6); // four at 0.5, one at 1
    for (int i = 0; i < 1000; i++) {
      growth.ended(100, 50);
    }
    assertThat(growth.ratio(100)).isCloseTo(0.5, org.assertj.core.api.Assertions.within(1e-6));
    assertThat(growth.expected(100, 31)).isEqualTo(16); // rounded up
  }

  @Test
  void requestsOfOtherSizesAreJudgedApart() {
    for (int i = 0; i < 1000; i++) {
      growth.ended(131_072, 131);
    }
    assertThat(growth.ratio(128)).isEqualTo(0.5);
    assertThat(growth.expected(131_072, 131_000)).isEqualTo(131);
  }

  @Test
  void isBoundedBelow() {
    for (int i = 0; i < 10_000; i++) {
      growth.ended(1000, 1);
      growth.ended(100_000, 1);
    }
    assertThat(growth.expected(1000, 1000)).isEqualTo(63); // a sixteenth
    assertThat(growth.expected(131_072, 131_072)).isEqualTo(128);
  }
}
