package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.RopeConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the kernels find in the upload, and where. */
class StepMetadataTest {
  private static final int BLOCK = 16;
  private static final int PAIRS = 8;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Rope rope(RopeConfig.Scaling scaling) {
    return new Rope(new RopeConfig(10_000, 2 * PAIRS, false, scaling));
  }

  private record Packed(StepLayout layout, MemorySegment memory) {
    int[] ints(long offset, int count) {
      return memory.asSlice(offset, 4L * count).toArray(JAVA_INT);
    }

    float[] floats(long offset, int count) {
      return memory.asSlice(offset, 4L * count).toArray(JAVA_FLOAT);
    }
  }

  private Packed pack(BatchLayout batch, Rope rope, int[] attention) {
    FrequencyRows frequencies = FrequencyRows.of(batch, rope);
    BlockLists blocks = BlockLists.of(batch, BLOCK);
    StepLayout layout =
        StepLayout.of(
            new StepShape(
                batch.numTokens(),
                batch.numSequences(),
                batch.logitRows().length,
                frequencies.rows().size(),
                PAIRS,
                attention.length,
                blocks.total()));
    MemorySegment memory = arena.allocate(layout.bytes(), 32).fill((byte) 0x5a);
    new StepMetadata(batch, frequencies, blocks, attention).pack(layout, BLOCK, memory);
    return new Packed(layout, memory);
  }

  @Test
  void everythingIsWhereTheLayoutSays() {
    BatchLayout batch = new Batches().add(3, 20, 7, 4).add(1, 33, 9, 2, 5, 8).add(2, 2, 3).build();
    Packed p = pack(batch, rope(new RopeConfig.None()), new int[] {11, 12, 13});
    StepLayout at = p.layout();
    assertThat(p.ints(at.tokenIds(), 6)).containsExactly(100, 101, 102, 103, 104, 105);
    assertThat(p.ints(at.positions(), 6)).containsExactly(17, 18, 19, 32, 0, 1);
    assertThat(p.ints(at.ropeRows(), 6)).containsOnly(0);
    assertThat(p.ints(at.slots(), 6)).containsExactly(65, 66, 67, 80, 48, 49);
    assertThat(p.ints(at.logitRows(), 3)).containsExactly(2, 3, 5);
    assertThat(p.ints(at.queryStart(), 4)).containsExactly(0, 3, 4, 6);
    assertThat(p.ints(at.contextLengths(), 3)).containsExactly(20, 33, 2);
    assertThat(p.ints(at.blockStart(), 3)).containsExactly(0, 2, 5);
    assertThat(p.ints(at.blockIds(), 6)).containsExactly(7, 4, 9, 2, 5, 3);
    assertThat(p.ints(at.attention(), 3)).containsExactly(11, 12, 13);
    assertThat(p.floats(at.frequencies(), PAIRS))
        .containsExactly(rope(new RopeConfig.None()).frequencies(0));
  }

  @Test
  void partsDoNotOverlapAndAreAligned() {
    StepLayout at = StepLayout.of(new StepShape(5, 3, 2, 2, 7, 9, 4));
    long[] offsets = {
      at.tokenIds(),
      at.positions(),
      at.ropeRows(),
      at.slots(),
      at.logitRows(),
      at.queryStart(),
      at.contextLengths(),
      at.blockStart(),
      at.frequencies(),
      at.attention(),
      at.blockIds(),
      at.bytes()
    };
    int[] words = {5, 5, 5, 5, 2, 4, 3, 3, 14, 9, 4};
    for (int i = 0; i < words.length; i++) {
      assertThat(offsets[i] % 32).isZero();
      assertThat(offsets[i + 1]).isGreaterThanOrEqualTo(offsets[i] + 4L * words[i]);
    }
  }

  @Test
  void onlyTheNumberOfBlockIdsChangesTheLayoutOfARecordedSize() {
    StepLayout few = StepLayout.of(new StepShape(8, 8, 8, 9, 32, 100, 8));
    StepLayout many = StepLayout.of(new StepShape(8, 8, 8, 9, 32, 100, 8000));
    assertThat(many.blockIds()).isEqualTo(few.blockIds());
    assertThat(many.attention()).isEqualTo(few.attention());
    assertThat(many.bytes()).isGreaterThan(few.bytes());
  }

  @Test
  void paddingGoesNowhere() {
    BatchLayout batch = PaddedDecode.of(new Batches().add(1, 5, 3).add(1, 17, 1, 2).build(), 4);
    Packed p = pack(batch, rope(new RopeConfig.None()), new int[0]);
    StepLayout at = p.layout();
    assertThat(p.ints(at.tokenIds(), 4)).containsExactly(100, 101, 0, 0);
    assertThat(p.ints(at.positions(), 4)).containsExactly(4, 16, 0, 0);
    assertThat(p.ints(at.slots(), 4)).containsExactly(52, 32, -1, -1);
    assertThat(p.ints(at.contextLengths(), 4)).containsExactly(5, 17, 0, 0);
    assertThat(p.ints(at.queryStart(), 5)).containsExactly(0, 1, 2, 3, 4);
    assertThat(p.ints(at.logitRows(), 4)).containsExactly(0, 1, 2, 3);
    assertThat(p.ints(at.blockIds(), 3)).containsExactly(3, 1, 2);
  }

  @Test
  void aDecodeStepThatWantsFewerLogitsComputesThemFirst() {
    BatchLayout all = new Batches().add(1, 5, 3).add(1, 6, 4).add(1, 7, 5).build();
    BatchLayout some =
        new BatchLayout(
            all.tokenIds(),
            all.positions(),
            all.queryStart(),
            all.contextLengths(),
            all.ropeLengths(),
            all.blockTables(),
            new int[] {1});
    assertThat(PaddedDecode.fits(some, 4)).isTrue();
    assertThat(PaddedDecode.of(some, 4).logitRows()).containsExactly(1, 1, 2, 3);
  }

  @Test
  void onlyStepsOfSingleTokensThatWantLogitsAreRecorded() {
    assertThat(PaddedDecode.fits(new Batches().add(1, 5, 3).add(1, 9, 1).build(), 2)).isTrue();
    assertThat(PaddedDecode.fits(new Batches().add(1, 5, 3).add(1, 9, 1).build(), 1)).isFalse();
    assertThat(PaddedDecode.fits(new Batches().add(1, 5, 3).add(2, 9, 1).build(), 8)).isFalse();
    BatchLayout one = new Batches().add(1, 5, 3).build();
    BatchLayout silent =
        new BatchLayout(
            one.tokenIds(),
            one.positions(),
            one.queryStart(),
            one.contextLengths(),
            one.ropeLengths(),
            one.blockTables(),
            new int[0]);
    assertThat(PaddedDecode.fits(silent, 8)).isFalse();
  }

  @Test
  void partsOfOneSequenceShareItsBlocks() {
    int[] table = {6, 7, 8, 9};
    BatchLayout batch =
        new Batches().add(4, 14, table).add(1, 16, table).add(1, 17, table).add(1, 3, 5).build();
    BlockLists blocks = BlockLists.of(batch, BLOCK);
    assertThat(blocks.start()).containsExactly(0, 0, 0, 2);
    assertThat(blocks.lengths()).containsExactly(2, 0, 0, 1);
    assertThat(blocks.total()).isEqualTo(3);
    Packed p = pack(batch, rope(new RopeConfig.None()), new int[0]);
    assertThat(p.ints(p.layout().blockIds(), 3)).containsExactly(6, 7, 5);
  }

  @Test
  void stretchedLengthsHaveFrequenciesOfTheirOwn() {
    Rope rope = rope(new RopeConfig.Dynamic(2, 64));
    BatchLayout batch =
        new Batches()
            .add(1, 60, 0, 0, 0, 0)
            .add(1, 80, 1, 1, 1, 1, 1)
            .add(2, 80, 2, 2, 2, 2, 2)
            .add(1, 90, 3, 3, 3, 3, 3, 3)
            .build();
    FrequencyRows rows = FrequencyRows.of(batch, rope);
    assertThat(rows.ofSequence()).containsExactly(0, 1, 1, 2);
    assertThat(rows.rows()).hasSize(3);
    Packed p = pack(batch, rope, new int[0]);
    assertThat(p.ints(p.layout().ropeRows(), 5)).containsExactly(0, 1, 1, 1, 2);
    float[] table = p.floats(p.layout().frequencies(), 3 * PAIRS);
    assertThat(Arrays.copyOfRange(table, 0, PAIRS)).containsExactly(rope.frequencies(1));
    assertThat(Arrays.copyOfRange(table, PAIRS, 2 * PAIRS)).containsExactly(rope.frequencies(80));
    assertThat(Arrays.copyOfRange(table, 2 * PAIRS, 3 * PAIRS))
        .containsExactly(rope.frequencies(90));
  }

  @Test
  void idsStillOnTheDeviceAreHandedOn() {
    BatchLayout known = new Batches().add(1, 5, 3).build();
    BatchLayout batch =
        new BatchLayout(
            new int[] {-3},
            known.positions(),
            known.queryStart(),
            known.contextLengths(),
            known.ropeLengths(),
            known.blockTables(),
            known.logitRows());
    Packed p = pack(PaddedDecode.of(batch, 2), rope(new RopeConfig.None()), new int[0]);
    assertThat(p.ints(p.layout().tokenIds(), 2)).containsExactly(-3, 0);
  }
}
