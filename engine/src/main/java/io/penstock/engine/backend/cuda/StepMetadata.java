package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.engine.backend.BatchLayout;
import java.lang.foreign.MemorySegment;

/**
 * A step's metadata, ready to be packed into the upload.
 *
 * @param attention the attention kernels' work lists
 */
record StepMetadata(
    BatchLayout batch, FrequencyRows frequencies, BlockLists blocks, int[] attention) {

  /**
   * Writes everything to {@code target}, at the layout's offsets.
   *
   * @param blockSize tokens of a cache block
   */
  void pack(StepLayout layout, int blockSize, MemorySegment target) {
    put(batch.tokenIds(), target, layout.tokenIds());
    put(batch.positions(), target, layout.positions());
    put(batch.logitRows(), target, layout.logitRows());
    put(batch.queryStart(), target, layout.queryStart());
    put(batch.contextLengths(), target, layout.contextLengths());
    put(blocks.start(), target, layout.blockStart());
    put(attention, target, layout.attention());
    packTokens(layout, blockSize, target);
    packFrequencies(layout, target);
    packBlocks(layout, target);
  }

  private void packTokens(StepLayout layout, int blockSize, MemorySegment target) {
    for (int s = 0; s < batch.numSequences(); s++) {
      int[] table = batch.blockTables()[s];
      int row = frequencies.ofSequence()[s];
      boolean padding = batch.contextLengths()[s] == 0;
      for (int t = batch.queryStart()[s]; t < batch.queryStart()[s + 1]; t++) {
        int position = batch.positions()[t];
        int slot = padding ? -1 : table[position / blockSize] * blockSize + position % blockSize;
        target.set(JAVA_INT, layout.ropeRows() + 4L * t, row);
        target.set(JAVA_INT, layout.slots() + 4L * t, slot);
      }
    }
  }

  private void packFrequencies(StepLayout layout, MemorySegment target) {
    long at = layout.frequencies();
    for (float[] row : frequencies.rows()) {
      MemorySegment.copy(row, 0, target, JAVA_FLOAT, at, row.length);
      at += 4L * row.length;
    }
  }

  private void packBlocks(StepLayout layout, MemorySegment target) {
    for (int s = 0; s < batch.numSequences(); s++) {
      long at = layout.blockIds() + 4L * blocks.start()[s];
      MemorySegment.copy(batch.blockTables()[s], 0, target, JAVA_INT, at, blocks.lengths()[s]);
    }
  }

  private static void put(int[] values, MemorySegment target, long offset) {
    MemorySegment.copy(values, 0, target, JAVA_INT, offset, values.length);
  }
}
