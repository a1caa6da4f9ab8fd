package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.backend.cuda.SamplingPlan.Launch;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingPlanTest {
  private static final int LLAMA = 128_256;
  private static final int H100 = 132;

  private static SamplingPlan plan(SamplingRow row, int rows) {
    return SamplingPlan.of(Collections.nCopies(rows, row), LLAMA, H100);
  }

  @Test
  void aGreedyBatchNeedsOneKernelAndNoUpload() {
    assertThat(plan(SamplingRows.greedy(), 1))
        .isEqualTo(
            new SamplingPlan(List.of(new Launch("penstock_sample_greedy", 63, 1, 256, 0)), false));
    assertThat(plan(SamplingRows.greedy(), 128).launches().getFirst().gridX()).isEqualTo(6);
    assertThat(plan(SamplingRows.greedy(), 2000).launches().getFirst().gridX()).isEqualTo(1);
    assertThat(SamplingPlan.of(true, 1, 50, H100).launches().getFirst().gridX()).isEqualTo(1);
  }

  @Test
  void oneRowThatWantsMoreTakesAllRowsAlong() {
    List<Launch> general =
        List.of(
            new Launch("penstock_sample_slices", 32, 3, 256, 0),
            new Launch("penstock_sample_rows", 3, 1, 1024, 91_136));
    SamplingRow greedy = SamplingRows.greedy();
    for (SamplingRow other :
        List.of(
            SamplingRows.plain(1, false, 0), SamplingRows.greedy(0), SamplingRows.full(1, null))) {
      assertThat(SamplingPlan.of(List.of(greedy, other, greedy), LLAMA, H100))
          .isEqualTo(new SamplingPlan(general, true));
    }
  }

  @Test
  void memoryGrowsWithRowsAndSlices() {
    assertThat(SamplingPlan.stateBytes(256)).isEqualTo(4096);
    assertThat(SamplingPlan.workspaceBytes(256, LLAMA)).isEqualTo(256 * 32 * 416);
    assertThat(SamplingPlan.workspaceBytes(1, 50)).isEqualTo(416);
  }

  @Test
  void aVocabularyBeyondTheKernelsLimitIsRefused() {
    assertThatThrownBy(() -> SamplingPlan.of(true, 1, 327_681, H100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("327681")
        .hasMessageContaining("327680");
  }
}
