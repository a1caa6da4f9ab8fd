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

  @Test
  void theDelayIsUsedAsFarAsItProvesItself() {
    PlanTiming timing = new PlanTiming();
    assertThat(timing.trustedNanos(25_000_000)).isZero();
    for (int i = 0; i < 32; i++) {
      timing.awaited(1_000_000, -1);
    }
    assertThat(timing.trustedNanos(25_000_000)).isEqualTo(23_000_000);
    timing.awaited(1_000, -1); // it had ended before it was asked for
    assertThat(timing.trustedNanos(25_000_000)).isEqualTo(11_500_000);
    for (int i = 0; i < 30; i++) {
      timing.awaited(1_000, -1);
    }
    assertThat(timing.trustedNanos(25_000_000)).isZero();
  }

  @Test
  void noModelKeepsTheDeviceWaitingForLong() {
    PlanTiming timing = new PlanTiming();
    for (int i = 0; i < 100; i++) {
      timing.awaited(1_000_000, -1);
    }
    assertThat(timing.trustedNanos(1e15)).isEqualTo(40_000_000);
  }

  @Test
  void aSlowHostPlansEarlier() {
    PlanTiming timing = new PlanTiming();
    for (int i = 0; i < 100; i++) {
      timing.awaited(1_000_000, -1);
    }
    timing.launched(300_000, 4_000_000); // the margin is enough
    assertThat(timing.trustedNanos(25_000_000)).isEqualTo(23_000_000);
    timing.launched(3_700_000, 4_000_000);
    assertThat(timing.trustedNanos(25_000_000)).isEqualTo(18_000_000);
  }

  @Test
  void aDeviceThatDidNotWaitIsProofEnough() {
    PlanTiming timing = new PlanTiming();
    for (int i = 0; i < 32; i++) {
      timing.awaited(0, 20_000); // a long launch: the step before had ended, the next had begun
    }
    assertThat(timing.trustedNanos(25_000_000)).isEqualTo(23_000_000);
    timing.awaited(1_000_000, 200_000);
    assertThat(timing.trustedNanos(25_000_000)).isEqualTo(11_500_000);
  }
}
