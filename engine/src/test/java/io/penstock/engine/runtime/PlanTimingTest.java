package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlanTimingTest {

  @Test
  void leavesTheHostTimeAndTheModelRoomToBeWrong() {
    assertThat(PlanTiming.delayNanos(0)).isZero(); // not known
    assertThat(PlanTiming.delayNanos(1_000_000)).isZero();
    assertThat(PlanTiming.delayNanos(25_000_000)).isEqualTo(23_000_000);
  }
}
