package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LastLayerRowsTest {
  private static final AttentionKernels KERNELS = new AttentionKernels(32, 8, 128, 132);

  private static BatchLayout withLogits(BatchLayout b, int... rows) {
    return new BatchLayout(
        b.tokenIds(),
        b.positions(),
        b.queryStart(),
        b.contextLengths(),
        b.ropeLengths(),
        b.blockTables(),
        rows);
  }

  @Test
  void onlyLargeStepsWithFewLogitsKeepTheirRowsAlone() {
    BatchLayout prompt = new Batches().add(200, 200, new int[13]).build();
    assertThat(LastLayerRows.suit(withLogits(prompt, 199), 8)).isTrue();
    assertThat(LastLayerRows.suit(withLogits(prompt), 8)).as("none").isFalse();
    assertThat(LastLayerRows.suit(withLogits(prompt, 7, 8, 9), 2)).as("no room").isFalse();
    int[] most = new int[101];
    Arrays.setAll(most, i -> i);
    assertThat(LastLayerRows.suit(withLogits(prompt, most), 200)).as("most rows").isFalse();
    BatchLayout small = new Batches().add(127, 127, new int[8]).build();
    assertThat(LastLayerRows.suit(withLogits(small, 126), 8)).as("few tokens").isFalse();
  }

  @Test
  void theLastLayersListReadsTheRowsOwnContextsAndNothingAhead() {
    BatchLayout batch =
        withLogits(
            new Batches()
                .add(1, 700, new int[44])
                .add(150, 400, new int[25])
                .add(33, 33, new int[3])
                .build(),
            0,
            150,
            183);
    int[] starts = AttentionWorkChecks.blockStart(batch);
    AttentionWork work =
        AttentionWork.of(batch, starts, KERNELS, Optional.empty(), 0)
            .keepingLogitRows(batch, starts, KERNELS, 0);
    AttentionWorkChecks.decode(work.last().orElseThrow(), batch.ofWantedRows(), KERNELS, 0);
    assertThat(work.last().orElseThrow().ints()[1]).as("reads ahead").isZero();

    AttentionPlan plan = AttentionPlan.of(work, KERNELS);
    assertThat(plan.keepsLogitRows()).isTrue();
    assertThat(plan.lastList() % WorkList.RECORD).isZero();
    assertThat(plan.lists()[plan.lastList()]).isEqualTo(work.last().orElseThrow().items());
    assertThat(plan.lists().length - plan.lastList())
        .as("what idle blocks look at")
        .isGreaterThanOrEqualTo(WorkList.RECORD * (1 + KERNELS.decodeGridY()));
  }

  @Test
  void otherStepsHaveNoListForTheLastLayer() {
    BatchLayout batch = new Batches().add(20, 20, 4, 5).build();
    AttentionWork work =
        AttentionWork.of(
            batch, AttentionWorkChecks.blockStart(batch), KERNELS, Optional.empty(), 0);
    assertThat(AttentionPlan.of(work, KERNELS).keepsLogitRows()).isFalse();
  }
}
