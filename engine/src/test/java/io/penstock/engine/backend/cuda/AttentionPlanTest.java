package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttentionPlanTest {
  private static final AttentionKernels KERNELS = new AttentionKernels(32, 8, 128, 132);

  private static AttentionPlan plan(BatchLayout batch) {
    int[] blockStart = BlockLists.of(batch, AttentionKernels.PAGE).start();
    return AttentionPlan.of(
        AttentionWork.of(batch, blockStart, KERNELS, Optional.empty(), 0), KERNELS);
  }

  @Test
  void bothListsStandAlignedAndIdleBlocksReadWithinThem() {
    AttentionPlan plan = plan(new Batches().add(1, 40, 1, 2, 3).add(20, 20, 4, 5).build());
    assertThat(plan.decodes()).isTrue();
    assertThat(plan.prefillItems()).isPositive();
    assertThat(plan.prefillList() % WorkList.RECORD).isZero();
    assertThat(plan.prefillList())
        .isGreaterThanOrEqualTo(WorkList.RECORD * (1 + KERNELS.decodeGridY()));
    assertThat(plan.lists()[0]).as("decode workers").isPositive();
    assertThat(plan.lists()[plan.prefillList()]).isEqualTo(plan.prefillItems());
  }

  @Test
  void whatAStepHasNotIsNotLaunched() {
    assertThat(plan(new Batches().add(20, 20, 4, 5).build()).decodes()).isFalse();
    assertThat(plan(new Batches().add(1, 20, 4, 5).build()).prefillItems()).isZero();
  }

  @Test
  void everyDecodeStepOfASizeFitsWhatItsRecordingReserves() {
    Random random = new Random(5);
    for (int sequences : new int[] {1, 2, 4, 8, 40, 256}) {
      for (int round = 0; round < 20; round++) {
        Batches batches = new Batches();
        for (int s = 0; s < sequences; s++) {
          int context = 1 + random.nextInt(random.nextBoolean() ? 100 : 20_000);
          batches.add(1, context, new int[Math.ceilDiv(context, AttentionKernels.PAGE)]);
        }
        AttentionPlan plan = plan(batches.build());
        int reserved =
            Math.max(
                KERNELS.mostDecodeInts(sequences), WorkList.RECORD * (1 + KERNELS.decodeGridY()));
        assertThat(plan.prefillList()).isLessThanOrEqualTo(reserved);
        assertThat(plan.lists().length).isLessThanOrEqualTo(reserved + WorkList.RECORD);
      }
    }
  }

  @Test
  void paddingHasNoWork() {
    BatchLayout batch = new Batches().add(1, 40, 1, 2, 3).add(1, 7, 4).build();
    int[] alone = plan(batch).lists();
    int[] padded = plan(PaddedDecode.of(batch, 8)).lists();
    assertThat(Arrays.stream(padded).sum()).isEqualTo(Arrays.stream(alone).sum());
    assertThat(padded).isEqualTo(alone);
  }
}
