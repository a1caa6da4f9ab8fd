package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import java.util.Arrays;

/**
 * Decode steps, that is one token of each sequence, brought to a recorded size: sequences of no
 * context are appended, whose token goes nowhere (slot -1) and whose logits nobody reads. Logits
 * are computed of every row; rows that want none stand behind those that do.
 */
final class PaddedDecode {
  private static final int[] NO_BLOCKS = {};

  private PaddedDecode() {}

  /** Whether a batch is such a step. */
  static boolean fits(BatchLayout batch, int largest) {
    return batch.numTokens() == batch.numSequences()
        && batch.numSequences() > 0
        && batch.numSequences() <= largest
        && batch.logitRows().length > 0;
  }

  /**
   * @param size at least the batch's sequences
   */
  static BatchLayout of(BatchLayout batch, int size) {
    int sequences = batch.numSequences();
    int[][] blockTables = Arrays.copyOf(batch.blockTables(), size);
    Arrays.fill(blockTables, sequences, size, NO_BLOCKS);
    int[] queryStart = new int[size + 1];
    Arrays.setAll(queryStart, i -> i);
    int wanted = batch.logitRows().length;
    int[] logitRows = Arrays.copyOf(batch.logitRows(), size);
    for (int i = wanted; i < size; i++) {
      logitRows[i] = i;
    }
    return new BatchLayout(
        Arrays.copyOf(batch.tokenIds(), size),
        Arrays.copyOf(batch.positions(), size),
        queryStart,
        Arrays.copyOf(batch.contextLengths(), size),
        Arrays.copyOf(batch.ropeLengths(), size),
        blockTables,
        logitRows);
  }
}
