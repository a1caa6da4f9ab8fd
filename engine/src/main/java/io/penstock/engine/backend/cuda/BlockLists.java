package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;

/**
 * The block tables of a batch laid end to end, each cut to the blocks that its context covers. A
 * table that several neighbouring sequences share (parts of one sequence with rotations of their
 * own) is laid down once.
 *
 * @param start (sequences) first entry of each sequence's blocks
 * @param lengths (sequences) entries that the sequence adds; 0 where it shares its predecessor's
 * @param total entries in all
 */
record BlockLists(int[] start, int[] lengths, int total) {

  static BlockLists of(BatchLayout batch, int blockSize) {
    int sequences = batch.numSequences();
    int[] start = new int[sequences];
    int[] lengths = new int[sequences];
    int total = 0;
    for (int first = 0; first < sequences; ) {
      int[] table = batch.blockTables()[first];
      int longest = 0;
      int end = first;
      while (end < sequences && batch.blockTables()[end] == table) {
        longest = Math.max(longest, batch.contextLengths()[end]);
        start[end++] = total;
      }
      lengths[first] = Math.ceilDiv(longest, blockSize);
      total += lengths[first];
      first = end;
    }
    return new BlockLists(start, lengths, total);
  }
}
