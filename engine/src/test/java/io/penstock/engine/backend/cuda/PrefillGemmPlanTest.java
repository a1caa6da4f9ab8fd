package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import io.penstock.engine.backend.cuda.driver.TensorMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrefillGemmPlanTest {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

  /** 14,336 outputs are 112 clusters' rows, of which 66 run at a time. */
  @Test
  void theTileThatFillsRoundsComesFirst() {
    assertThat(best(1024)).isEqualTo(new PrefillGemmPlan(256, 0, 0, 7 * 272, 132, 230_400));
    assertThat(best(512)).isEqualTo(new PrefillGemmPlan(128, 0, 0, 7 * 144, 132, 214_016));
    assertThat(best(576)).isEqualTo(new PrefillGemmPlan(144, 0, 0, 7 * 160, 132, 228_352));
    assertThat(best(768)).isEqualTo(new PrefillGemmPlan(192, 0, 0, 7 * 208, 132, 230_400));
    assertThat(best(8192)).isEqualTo(new PrefillGemmPlan(256, 0, 0, 55 * 272, 132, 230_400));
  }

  /** Two tiles of 256 would leave most of the fourth round empty, and three of 176 need six. */
  @Test
  void wideTilesCostLessThanAsManyTokensInNarrowOnes() {
    assertThat(best(2048).columns()).isEqualTo(256);
    assertThat(best(4096).columns()).isEqualTo(256);
    assertThat(best(640).columns()).isEqualTo(160);
  }

  /**
   * Two tiles of 256 a row: 99 rows fill three rounds, the other 13 in four tiles each half of one
   * more. At 1,024 tokens 99 rows of four fill six.
   */
  @Test
  void aLastRoundThatWouldBeNearlyEmptyIsFilledWithSmallerTiles() {
    assertThat(twoSizes(512))
        .contains(new PrefillGemmPlan(256, 128, 99, 3 * 272 + 144, 132, 230_400));
    assertThat(twoSizes(1024))
        .contains(new PrefillGemmPlan(256, 208, 99, 6 * 272 + 224, 132, 230_400));
    assertThat(twoSizes(512).orElseThrow().suffix()).isEqualTo("_n256_n128");
    assertThat(twoSizes(576)).as("tiles of 144 fill seven rounds").isEmpty();
    assertThat(twoSizes(128)).isEmpty();
  }

  @Test
  void rowsOfTilesAreNeverMoreThanThereAre() {
    for (int outputs = 8; outputs < 20_000; outputs += 1_000) {
      for (int tokens = 129; tokens < 9_000; tokens += 97) {
        int rows = Math.ceilDiv(outputs, 128);
        PrefillGemmPlan one = PrefillGemmPlan.of(outputs, 64, tokens, HOPPER, 132).orElseThrow();
        PrefillGemmPlan.ofTwoSizes(outputs, 64, tokens, HOPPER, 132)
            .ifPresent(
                two -> {
                  assertThat(two.cost()).isLessThan(one.cost());
                  assertThat(two.wideRows()).isBetween(0, rows - 1);
                  assertThat(two.grid()).isBetween(2, 132);
                });
      }
    }
  }

  @Test
  void fewTilesNeedFewBlocks() {
    PrefillGemmPlan plan = PrefillGemmPlan.of(1000, 4096, 200, HOPPER, 132).orElseThrow();
    assertThat(plan.cost()).as("one round").isEqualTo(plan.columns() + 16);
    assertThat(plan.grid()).isEqualTo(2 * 8 * Math.ceilDiv(200, plan.columns()));
  }

  /** The sizes of KERNELS.md, which hold the rings that are compiled. */
  @Test
  void theRingIsAsLongAsCompiled() {
    int[][] bytesOfTokens = {
      {512, 128, 214_016}, {576, 144, 228_352}, {640, 160, 205_824}, {704, 176, 218_112},
      {768, 192, 230_400}, {832, 208, 199_680}, {896, 224, 209_920}, {960, 240, 220_160},
      {1024, 256, 230_400}
    };
    for (int[] row : bytesOfTokens) {
      assertThat(best(row[0]).columns()).isEqualTo(row[1]);
      assertThat(best(row[0]).sharedBytes()).isEqualTo(row[2]);
      assertThat(best(row[0]).suffix()).isEqualTo("_n" + row[1]);
    }
  }

  /** Groups of eight gate rows, each with the up rows of the same outputs. */
  @Test
  void weightsAreReadWithGatesBesideUps() {
    TensorMap map = PrefillGemmPlan.weights(0x7f00_0000_0000L, 1000, 4096);
    assertThat(map.sizes()).containsExactly(4096L, 8L, 2L, 125L);
    assertThat(map.strides()).containsExactly(8192L, 1000 * 8192L, 8 * 8192L);
    assertThat(map.box()).containsExactly(64, 8, 2, 8);
  }

  @Test
  void otherGpusBatchesAndAlignmentsHaveNone() {
    assertThat(plan(128)).isEmpty();
    assertThat(plan(129)).isPresent();
    assertThat(PrefillGemmPlan.of(4100, 4096, 512, HOPPER, 132)).isEmpty();
    assertThat(PrefillGemmPlan.of(4096, 4100, 512, HOPPER, 132)).isEmpty();
    for (ComputeCapability other :
        List.of(new ComputeCapability(8, 9), new ComputeCapability(10, 0))) {
      assertThat(PrefillGemmPlan.of(4096, 4096, 512, other, 132)).isEmpty();
    }
  }

  private static Optional<PrefillGemmPlan> plan(int tokens) {
    return PrefillGemmPlan.of(14_336, 4096, tokens, HOPPER, 132);
  }

  private static Optional<PrefillGemmPlan> twoSizes(int tokens) {
    return PrefillGemmPlan.ofTwoSizes(14_336, 4096, tokens, HOPPER, 132);
  }

  private static PrefillGemmPlan best(int tokens) {
    return plan(tokens).orElseThrow();
  }
}
