package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.BatchLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AttentionWorkTest {
  private static final AttentionKernels LLAMA_8B = new AttentionKernels(32, 8, 128, 132);

  @Test
  void aLoneShortSequenceIsReadByOneWorker() {
    WorkList decode = work(batch(new int[] {100}, new int[] {1}), LLAMA_8B, 0).decode();

    assertThat(decode.items()).isEqualTo(1);
    assertThat(decode.partials()).isZero();
    assertThat(record(decode, 0)).containsExactly(0, 0, 7, 0, 100, -1, 0, 1 << 16);
  }

  @Test
  void aLoneLongSequenceIsReadByAllBlocksInEqualShares() {
    WorkList decode = work(batch(new int[] {16 * 490}, new int[] {1}), LLAMA_8B, 0).decode();

    assertThat(LLAMA_8B.decodeGridY()).isEqualTo(49);
    assertThat(LLAMA_8B.mostDecodePieces()).isEqualTo(32);
    assertThat(decode.items()).isEqualTo(31);
    assertThat(decode.partials()).isEqualTo(31);
    for (int i = 0; i < 30; i++) {
      assertThat(record(decode, i)[2]).isEqualTo(16);
    }
    assertThat(record(decode, 30)[2]).isEqualTo(10);
  }

  @Test
  void aLoneSequenceThatDoesNotFillTheGpuIsCutIntoAPageForEachWarp() {
    WorkList decode = work(batch(new int[] {528}, new int[] {1}), LLAMA_8B, 0).decode();

    assertThat(decode.items()).isEqualTo(9);
    assertThat(IntStream.range(0, 9).map(i -> record(decode, i)[2]))
        .containsExactly(4, 4, 4, 4, 4, 4, 4, 4, 1);
    assertThat(IntStream.range(0, 9).map(i -> record(decode, i)[5])).containsOnly(-1);
  }

  @Test
  void fewSequencesAreCutOneByOneAndShortOnesNotAtAll() {
    WorkList decode = work(batch(new int[] {528, 200, 528}, ones(3)), LLAMA_8B, 0).decode();

    assertThat(decode.items()).isEqualTo(9 + 4 + 9);
    assertThat(decode.partials()).isEqualTo(decode.items());

    WorkList shorter = work(batch(new int[] {528, 192, 528}, ones(3)), LLAMA_8B, 0).decode();
    assertThat(shorter.items()).isEqualTo(9 + 1 + 9);
    assertThat(shorter.partials()).isEqualTo(9 + 9);
  }

  @Test
  void piecesGrowWithTheBatchUntilSequencesStayWhole() {
    int[] longest = new int[6];
    for (int i = 0; i < longest.length; i++) {
      int[] contexts = new int[1 << i];
      Arrays.fill(contexts, 528);
      WorkList decode = work(batch(contexts, ones(1 << i)), LLAMA_8B, 0).decode();
      assertThat(decode.items()).isLessThanOrEqualTo(32);
      longest[i] = record(decode, 0)[2];
    }
    assertThat(longest).containsExactly(4, 4, 8, 12, 20, 33);
  }

  @Test
  void sequencesOfAboutAWorkersLengthAreNotCut() {
    int[] contexts = new int[128];
    Arrays.fill(contexts, 264);

    WorkList decode = work(batch(contexts, ones(128)), LLAMA_8B, 0).decode();

    assertThat(decode.items()).isBetween(100, 128);
    assertThat(decode.partials()).isZero();
  }

  @Test
  void sharesShrinkTowardsTheEndWhenBlocksDrawWorkers() {
    int[] contexts = new int[16];
    Arrays.fill(contexts, 16000);

    WorkList decode = work(batch(contexts, ones(16)), LLAMA_8B, 0).decode();

    int first = record(decode, 0)[2];
    int last = record(decode, decode.items() - 1)[2];
    assertThat(first).isEqualTo(218); // two thirds of 1/49 of 16,000 pages
    assertThat(last).isLessThanOrEqualTo(first / 3);
  }

  @Test
  void paddingIsNobodysWork() {
    AttentionWork work = work(batch(new int[] {0, 0}, new int[] {1, 1}), LLAMA_8B, 0);

    assertThat(work.decode().items()).isZero();
    assertThat(work.prefill().items()).isZero();
  }

  @Test
  void aWindowSkipsThePagesBeforeIt() {
    AttentionWork work = work(batch(new int[] {100, 100}, new int[] {1, 40}), LLAMA_8B, 33);

    // The query at 99 sees 67 and on: page 4 of token 64 is the first.
    assertThat(record(work.decode(), 0)).startsWith(0, 4, 3, 64, 100);
    // Queries 60 .. 91 in a tile of 32 positions: the first sees 28 and on.
    int[] tile = record(work.prefill(), 0);
    assertThat(tile).startsWith(1, 32, 60, 7 + 1, 1, 5);
  }

  @Test
  void longTilesComeFirst() {
    WorkList prefill = work(batch(new int[] {64, 512}, new int[] {64, 64}), LLAMA_8B, 0).prefill();

    assertThat(IntStream.range(0, prefill.items()).map(i -> record(prefill, i)[5]))
        .containsExactly(32, 30, 4, 2);
    assertThat(prefill.partials()).isZero();
  }

  @Test
  void theTilesOfAShortChunkOnALongPrefixAreCut() {
    WorkList prefill = work(batch(new int[] {8192}, new int[] {64}), LLAMA_8B, 0).prefill();

    assertThat(prefill.items()).isBetween(24, LLAMA_8B.prefillSlots() + 1);
    assertThat(prefill.partials()).isEqualTo(prefill.items());
  }

  @Test
  void theTilesOfALongPromptAreNot() {
    WorkList prefill = work(batch(new int[] {8192}, new int[] {8192}), LLAMA_8B, 0).prefill();

    assertThat(prefill.items()).isEqualTo(8192 / 32);
    assertThat(prefill.partials()).isZero();
  }

  @Test
  void pagesAreReadAheadOnlyWhereOlderStepsWroteThem() {
    BatchLayout decode = batch(new int[] {40, 50}, ones(2));
    assertThat(readsAhead(decode)).isTrue();

    BatchLayout chunked = batch(new int[] {40, 50}, new int[] {1, 2});
    assertThat(readsAhead(chunked)).isFalse();

    // One sequence, computed again as two of one token each: 47 is in the block that 48 follows.
    BatchLayout again = batch(new int[] {48, 49}, ones(2));
    again.blockTables()[0] = again.blockTables()[1];
    assertThat(readsAhead(again)).isFalse();
  }

  @Test
  void everyShapeIsCoveredOnceWithinTheStatedSizes() {
    Random random = new Random(5);
    for (int round = 0; round < 400; round++) {
      int kvHeads = 1 << random.nextInt(5);
      int group = new int[] {1, 2, 3, 4, 7, 8, 16}[random.nextInt(7)];
      int dim = new int[] {16, 64, 80, 128, 256}[random.nextInt(5)];
      AttentionKernels kernels =
          new AttentionKernels(kvHeads * group, kvHeads, dim, 1 + random.nextInt(140));
      int sequences = 1 + random.nextInt(random.nextBoolean() ? 6 : 200);
      int longest = 1 << random.nextInt(15);
      int[] contexts = new int[sequences];
      int[] queries = new int[sequences];
      for (int s = 0; s < sequences; s++) {
        contexts[s] = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(longest);
        boolean chunk = contexts[s] > 0 && random.nextInt(3) == 0;
        queries[s] = chunk ? 1 + random.nextInt(contexts[s]) : 1;
      }
      int window = random.nextBoolean() ? 0 : 1 + random.nextInt(2 * longest);

      BatchLayout batch = batch(contexts, queries);
      AttentionWork work = work(batch, kernels, window);

      AttentionWorkChecks.decode(work.decode(), batch, kernels, window);
      AttentionWorkChecks.prefill(work.prefill(), batch, kernels, window);
    }
  }

  @Test
  void shapesWithoutAKernelAreRefused() {
    assertThat(AttentionKernels.supports(71, 1, 64)).isTrue();
    assertThat(AttentionKernels.supports(71, 1, 256)).isFalse();
    assertThat(AttentionKernels.supports(32, 8, 72)).isFalse();
    assertThatThrownBy(() -> new AttentionKernels(32, 8, 72, 132))
        .hasMessageContaining("32 heads of 72 over 8");
  }

  @Test
  void geometryIsThatOfTheKernels() {
    assertThat(LLAMA_8B.prepareGridY()).isEqualTo(2); // 32 query heads of 8 lanes
    assertThat(new AttentionKernels(9, 3, 80, 132).prepareGridY()).isEqualTo(2);
    assertThat(new AttentionKernels(36, 4, 128, 132).prepareGridY()).isEqualTo(3);
    assertThat(LLAMA_8B.decodeGridX()).isEqualTo(8);
    assertThat(new AttentionKernels(71, 1, 64, 132).decodeGridX()).isEqualTo(9);
    assertThat(LLAMA_8B.prefillSharedBytes()).isEqualTo(65536);
    assertThat(new AttentionKernels(16, 8, 256, 132).prefillSharedBytes()).isEqualTo(65536);
    assertThat(new AttentionKernels(16, 8, 80, 132).prefillSharedBytes()).isEqualTo(512 * 80);
  }

  private static boolean readsAhead(BatchLayout batch) {
    return work(batch, LLAMA_8B, 0).decode().ints()[1] != 0;
  }

  private static int[] record(WorkList list, int index) {
    int at = WorkList.RECORD * (1 + index);
    return Arrays.copyOfRange(list.ints(), at, at + WorkList.RECORD);
  }

  private static AttentionWork work(BatchLayout batch, AttentionKernels kernels, int window) {
    return AttentionWork.of(
        batch, AttentionWorkChecks.blockStart(batch), kernels, Optional.empty(), window);
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Sequences with blocks of their own. */
  private static BatchLayout batch(int[] contexts, int[] queries) {
    int[] queryStart = new int[contexts.length + 1];
    int[][] tables = new int[contexts.length][];
    int block = 0;
    for (int s = 0; s < contexts.length; s++) {
      queryStart[s + 1] = queryStart[s] + queries[s];
      int first = block;
      block += Math.ceilDiv(contexts[s], 16);
      tables[s] = IntStream.range(first, block).toArray();
    }
    int tokens = queryStart[contexts.length];
    return new BatchLayout(
        new int[tokens], new int[tokens], queryStart, contexts, contexts, tables, new int[0]);
  }
}
