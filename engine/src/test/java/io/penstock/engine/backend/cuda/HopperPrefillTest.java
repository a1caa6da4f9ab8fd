package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which sequences of a step go to which kernel, and where the lists of all three stand. */
class HopperPrefillTest {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);
  private static final long L2 = 50L << 20;
  private static final AttentionKernels LLAMA_8B = new AttentionKernels(32, 8, 128, 132);

  @Test
  void existsForHeadsOf64And128OnHopperAlone() {
    assertThat(on(HOPPER, 0, 128)).isPresent();
    assertThat(on(HOPPER, 0, 64)).isPresent();
    assertThat(on(HOPPER, 0, 96)).isEmpty();
    assertThat(on(HOPPER, 4096, 128)).isEmpty();
    assertThat(on(new ComputeCapability(8, 9), 0, 128)).isEmpty();
    assertThat(on(new ComputeCapability(10, 0), 0, 128)).isEmpty();
    assertThat(on(HOPPER, 0, 64).orElseThrow().symbol("f16"))
        .isEqualTo("penstock_attention_prefill_hopper_f16_d64");
  }

  @Test
  void aStepMayHaveWorkForAllThreeKernels() {
    BatchLayout batch =
        new Batches()
            .add(40, 50, 0, 1, 2, 3) // a chunk on a prefix
            .add(130, 130, 4, 5, 6, 7, 8, 9, 10, 11, 12) // a whole prompt
            .add(1, 20, 13, 14) // a token
            .add(1, 1, 15) // the whole prompt is a token
            .add(2, 2, 16)
            .build();

    AttentionWork work = work(batch, on(HOPPER, 0, 128));

    assertThat(work.whole().tiles()).containsExactly(40, 130, 128, 0, 40, 130, 0, 0, 172, 2, 0, 0);
    assertThat(work.decode().ints()).as("a header and two sequences").hasSize(3 * WorkList.RECORD);
    assertThat(work.prefill().items()).isEqualTo(2);
    assertThat(Arrays.copyOfRange(work.prefill().ints(), 8, 11)).containsExactly(32, 8, 42);
    assertThat(Arrays.copyOfRange(work.prefill().ints(), 16, 19)).containsExactly(0, 32, 10);

    AttentionPlan plan = AttentionPlan.of(work, LLAMA_8B);
    assertThat(plan.hasWholePrompts()).isTrue();
    assertThat(plan.decodes()).isTrue();
    assertThat(plan.prefillItems()).isEqualTo(2);
    assertThat(plan.lists()).startsWith(work.decode().ints());
    assertThat(plan.prefillList()).isGreaterThanOrEqualTo(8 * (1 + LLAMA_8B.decodeGridY()));
    assertThat(part(plan.lists(), plan.prefillList(), plan.tileList()))
        .isEqualTo(work.prefill().ints());
    assertThat(part(plan.lists(), plan.tileList(), plan.lists().length))
        .isEqualTo(work.whole().tiles());
    assertThat(plan.tileList() % 8).as("aligned to a vector").isZero();
  }

  @Test
  void withoutTheKernelWholePromptsAreChunks() {
    BatchLayout batch = new Batches().add(64, 64, 0, 1, 2, 3).add(1, 5, 4).build();

    AttentionPlan plan = AttentionPlan.of(work(batch, Optional.empty()), LLAMA_8B);

    assertThat(plan.hasWholePrompts()).isFalse();
    assertThat(plan.prefillItems()).isEqualTo(2);
    assertThat(plan.tileList()).isEqualTo(plan.lists().length);
  }

  @Test
  void aDecodeStepHasNoTiles() {
    BatchLayout batch = PaddedDecode.of(new Batches().add(1, 5, 3).add(1, 1, 1).build(), 4);

    AttentionPlan plan = AttentionPlan.of(work(batch, on(HOPPER, 0, 128)), LLAMA_8B);

    assertThat(plan.hasWholePrompts()).isFalse();
    assertThat(plan.lists()).hasSize(plan.prefillList() + WorkList.RECORD);
  }

  @Test
  void everyRowOfAWholePromptIsInOneTileAndTheListIsNotLongerThanStated() {
    Random random = new Random(9);
    for (int round = 0; round < 200; round++) {
      int dim = random.nextBoolean() ? 64 : 128;
      HopperPrefill hopper = on(HOPPER, 0, dim).orElseThrow();
      Batches batches = new Batches();
      int sequences = 1 + random.nextInt(20);
      for (int s = 0; s < sequences; s++) {
        int context = 1 + random.nextInt(1 << random.nextInt(12));
        int query = random.nextBoolean() ? context : 1 + random.nextInt(context);
        batches.add(query, context, new int[Math.ceilDiv(context, 16)]);
      }
      BatchLayout batch = batches.build();

      int[] tiles = hopper.plan(batch).tiles();

      assertThat(tiles)
          .hasSizeLessThanOrEqualTo(hopper.mostInts(batch.numTokens(), batch.numSequences()));
      int[] covered = new int[batch.numTokens()];
      for (int at = 0; at < tiles.length; at += 4) {
        int end = Math.min(tiles[at + 1], tiles[at + 2] + hopper.shape().rows);
        for (int row = tiles[at + 2]; row < end; row++) {
          covered[tiles[at] + row]++;
        }
      }
      for (int s = 0; s < batch.numSequences(); s++) {
        boolean whole = HopperPrefill.takes(batch, s);
        assertThat(part(covered, batch.queryStart()[s], batch.queryStart()[s + 1]))
            .containsOnly(whole ? 1 : 0);
      }
    }
  }

  private static Optional<HopperPrefill> on(ComputeCapability gpu, int window, int headDim) {
    return HopperPrefill.of(new AttentionKernels(32, 8, headDim, 132), gpu, window, L2);
  }

  private static AttentionWork work(BatchLayout batch, Optional<HopperPrefill> hopper) {
    return AttentionWork.of(batch, AttentionWorkChecks.blockStart(batch), LLAMA_8B, hopper, 0);
  }

  private static int[] part(int[] all, int from, int to) {
    return Arrays.copyOfRange(all, from, to);
  }
}
