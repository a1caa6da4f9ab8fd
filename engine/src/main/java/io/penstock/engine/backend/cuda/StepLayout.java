package io.penstock.engine.backend.cuda;

/**
 * Where the parts of a step's metadata stand in its one upload: byte offsets, each a multiple of
 * 32. Block ids come last: their number alone changes between steps of equal shape, so the offsets
 * of a recorded graph stay right.
 *
 * @param tokenIds (tokens) int
 * @param positions (tokens) int
 * @param ropeRows (tokens) int: row of {@code frequencies} that rotates the token
 * @param slots (tokens) int: block * block size + offset of its keys and values, -1 for none
 * @param logitRows (logitRows) int
 * @param queryStart (sequences + 1) int
 * @param contextLengths (sequences) int
 * @param blockStart (sequences) int: first entry of the sequence's blocks in {@code blockIds}
 * @param frequencies (frequencyRows, pairs) float
 * @param attention int: work lists
 * @param blockIds (blockIds) int
 * @param bytes of all
 */
record StepLayout(
    long tokenIds,
    long positions,
    long ropeRows,
    long slots,
    long logitRows,
    long queryStart,
    long contextLengths,
    long blockStart,
    long frequencies,
    long attention,
    long blockIds,
    long bytes) {
  private static final int ALIGNMENT = 32;

  static StepLayout of(StepShape shape) {
    Cursor cursor = new Cursor();
    return new StepLayout(
        cursor.take(shape.tokens()),
        cursor.take(shape.tokens()),
        cursor.take(shape.tokens()),
        cursor.take(shape.tokens()),
        cursor.take(shape.logitRows()),
        cursor.take(shape.sequences() + 1),
        cursor.take(shape.sequences()),
        cursor.take(shape.sequences()),
        cursor.take((long) shape.frequencyRows() * shape.pairs()),
        cursor.take(shape.attentionInts()),
        cursor.take(shape.blockIds()),
        cursor.bytes);
  }

  private static final class Cursor {
    private long bytes;

    /** Offset of so many words of four bytes. */
    long take(long words) {
      long at = bytes;
      bytes = Math.ceilDiv(at + words * Integer.BYTES, (long) ALIGNMENT) * ALIGNMENT;
      return at;
    }
  }
}
