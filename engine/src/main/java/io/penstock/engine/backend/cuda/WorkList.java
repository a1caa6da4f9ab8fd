package io.penstock.engine.backend.cuda;

/**
 * What the blocks of an attention kernel do, as the kernel reads it: a header and records of eight
 * integers each; their meaning is documented where they are made, {@link DecodeWork} and {@link
 * PrefillWork}.
 *
 * @param ints the header (items, whether pages may be read ahead, six unused), then the records
 * @param items records that blocks begin with, and the height of the grid that starts all at once
 * @param partials slots of partial results that the launch uses
 */
record WorkList(int[] ints, int items, int partials) {
  static final int RECORD = 8;

  /** Splits and split share an integer. */
  static int pack(int splits, int split) {
    if (splits > Short.MAX_VALUE) {
      throw new IllegalArgumentException(splits + " parts of one sequence");
    }
    return splits << 16 | split;
  }
}
