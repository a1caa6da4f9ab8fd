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

  private static PlanTiming steered() {
    PlanTiming timing = new PlanTiming();
    for (int i = 0; i < 300; i++) {
      timing.awaited(1_000_000, 0);
    }
    return timing;
  }

  @Test
  void nothingIsDelayedBeforeStepsHadToBeAwaited() {
    PlanTiming timing = new PlanTiming();
    assertThat(timing.steeredNanos(25_000_000)).isZero();
    assertThat(steered().steeredNanos(25_000_000)).isBetween(22_990_000L, 23_000_000L);
  }

  @Test
  void aStepThatHadEndedMovesTheNextPlanForwardALittle() {
    PlanTiming timing = steered();
    timing.awaited(1_000, 0);
    assertThat(timing.steeredNanos(25_000_000)).isBetween(22_590_000L, 22_600_000L);
    timing.awaited(1_000_000, 2_000_000); // and by what the device waited
    assertThat(timing.steeredNanos(25_000_000)).isBetween(20_600_000L, 20_650_000L);
    for (int i = 0; i < 50; i++) {
      timing.awaited(1_000_000, 0);
    }
    assertThat(timing.steeredNanos(25_000_000)).isGreaterThan(22_890_000L);
  }

  @Test
  void aDeviceThatDoesNotTellIsNotKeptWaitingForLong() {
    PlanTiming timing = steered();
    for (int i = 0; i < 6; i++) {
      timing.awaited(1_000, -1);
    }
    assertThat(timing.steeredNanos(25_000_000)).isZero();
  }

  @Test
  void noModelKeepsTheDeviceWaitingForLong() {
    PlanTiming timing = steered();
    assertThat(timing.steeredNanos(1e15)).isBetween(39_990_000L, 40_000_000L);
    timing.awaited(1_000, 34_000_000); // steps of 6 ms: it waited for the rest
    assertThat(timing.steeredNanos(1e15)).isLessThan(6_000_000);
  }

  @Test
  void aSlowHostPlansEarlier() {
    PlanTiming timing = steered();
    timing.launched(300_000, 4_000_000); // the margin is enough
    assertThat(timing.steeredNanos(25_000_000)).isGreaterThan(22_990_000);
    timing.launched(3_700_000, 4_000_000);
    assertThat(timing.steeredNanos(25_000_000)).isBetween(17_990_000L, 18_000_000L);
  }
}
