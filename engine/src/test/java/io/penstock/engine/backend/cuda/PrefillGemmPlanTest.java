package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PrefillGemmPlanTest {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

  /** 14,336 outputs are 112 clusters' rows, of which 66 run at a time. */
  @Test
  void theTileThatFillsRoundsComesFirst() {
    assertThat(best(1024)).isEqualTo(new PrefillGemmPlan(256, 7, 132, 230_400));
    assertThat(best(512)).isEqualTo(new PrefillGemmPlan(128, 7, 132, 214_016));
    assertThat(best(576)).isEqualTo(new PrefillGemmPlan(144, 7, 132, 228_352));
    assertThat(best(768)).isEqualTo(new PrefillGemmPlan(192, 7, 132, 230_400));
    assertThat(best(8192)).isEqualTo(new PrefillGemmPlan(256, 55, 132, 230_400));
  }

  @Test
  void fewTilesNeedFewBlocks() {
    assertThat(PrefillGemmPlan.of(1000, 4096, 200, HOPPER, 132).getFirst().grid())
        .isLessThanOrEqualTo(2 * 2 * 8);
  }

  /** The sizes of KERNELS.md. */
  @Test
  void theRingIsAsLongAsCompiled() {
    Map<Integer, Integer> bytes =
        plans(1000).stream()
            .collect(Collectors.toMap(PrefillGemmPlan::columns, PrefillGemmPlan::sharedBytes));
    assertThat(bytes)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                128, 214_016, 144, 228_352, 160, 205_824, 176, 218_112, 192, 230_400, 208, 199_680,
                224, 209_920, 240, 220_160, 256, 230_400));
  }

  @Test
  void otherGpusBatchesAndAlignmentsHaveNone() {
    assertThat(plans(128)).isEmpty();
    assertThat(plans(129)).isNotEmpty();
    assertThat(PrefillGemmPlan.of(4100, 4096, 512, HOPPER, 132)).isEmpty();
    assertThat(PrefillGemmPlan.of(4096, 4100, 512, HOPPER, 132)).isEmpty();
    for (ComputeCapability other :
        List.of(new ComputeCapability(8, 9), new ComputeCapability(10, 0))) {
      assertThat(PrefillGemmPlan.of(4096, 4096, 512, other, 132)).isEmpty();
    }
  }

  private static List<PrefillGemmPlan> plans(int tokens) {
    return PrefillGemmPlan.of(14_336, 4096, tokens, HOPPER, 132);
  }

  private static PrefillGemmPlan best(int tokens) {
    return plans(tokens).getFirst();
  }
}
