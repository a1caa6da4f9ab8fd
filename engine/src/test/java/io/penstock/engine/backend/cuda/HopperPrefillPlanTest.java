package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.cuda.HopperPrefillPlan.Shape;
import org.junit.jupiter.api.Test;

class HopperPrefillPlanTest {
  private static final long L2 = 50L << 20;

  @Test
  void tilesWithMostRowsBeforeThemComeFirst() {
    HopperPrefillPlan plan =
        HopperPrefillPlan.of(
            Shape.D128, new int[] {0, 300, 301}, new int[] {300, 1, 129}, 4, 2, 132, L2);

    assertThat(plan.tiles())
        .containsExactly(
            0, 300, 256, 0, 0, 300, 128, 0, 301, 129, 128, 0, 0, 300, 0, 0, 300, 1, 0, 0, 301, 129,
            0, 0);
    assertThat(plan.tileCount()).isEqualTo(6);
  }

  @Test
  void smallHeadsHaveLargerTiles() {
    HopperPrefillPlan plan =
        HopperPrefillPlan.of(Shape.D64, new int[] {0}, new int[] {385}, 1, 1, 132, L2);

    assertThat(plan.tiles()).containsExactly(0, 385, 384, 0, 0, 385, 192, 0, 0, 385, 0, 0);
    assertThat(plan.grid()).isEqualTo(3);
  }

  @Test
  void thereIsNoBlockWithoutWorkAndNoneMoreThanRunAtATime() {
    assertThat(plan(64, 32, 8).grid()).isEqualTo(32);
    assertThat(plan(8192, 32, 8).grid()).isEqualTo(132);
  }

  /** K and V of 8,192 tokens and one head of 128 take 4 MiB; half of the L2 holds 25. */
  @Test
  void headsAreTakenTogetherWhoseKeysAndValuesFitInHalfOfTheL2() {
    assertThat(plan(4096, 32, 8).headsPerSection()).isEqualTo(32);
    assertThat(plan(8192, 32, 8).headsPerSection()).isEqualTo(16);
    assertThat(plan(32768, 32, 8).headsPerSection()).isEqualTo(4);
    assertThat(plan(131072, 32, 8).headsPerSection()).isEqualTo(4);
    assertThat(plan(8192, 28, 7).headsPerSection()).isEqualTo(4);
  }

  @Test
  void otherHeadSizesAreNotSupported() {
    assertThat(Shape.supports(96)).isFalse();
    assertThat(Shape.of(64)).isEqualTo(Shape.D64);
    assertThatThrownBy(() -> Shape.of(96)).hasMessageContaining("96");
  }

  private static HopperPrefillPlan plan(int length, int heads, int kvHeads) {
    return HopperPrefillPlan.of(
        Shape.D128, new int[] {0}, new int[] {length}, heads, kvHeads, 132, L2);
  }
}
