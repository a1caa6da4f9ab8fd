package io.penstock.engine.backend.cuda;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Work list and geometry of one launch of {@code penstock_attention_prefill_hopper_*}: sequences
 * all of whose tokens are in the batch, so nothing is read from the cache.
 *
 * @param tiles four ints a tile of query rows (first token of the sequence in the batch, its
 *     length, first query row, 0), those with most rows before them first
 * @param grid blocks; each takes tiles of single heads in turn
 * @param headsPerSection query heads whose tiles all come before those of the next ones
 */
record HopperPrefillPlan(int[] tiles, int grid, int headsPerSection) {
  static final int INTS_PER_TILE = 4;

  /** Rows of one copy of a tile's part to shared memory. */
  static final int BOX_ROWS = 64;

  /** For a step without whole prompts: nothing is launched. */
  static final HopperPrefillPlan NONE = new HopperPrefillPlan(new int[0], 0, 0);

  /** What is compiled for a head size (KERNELS.md, launch contracts). */
  enum Shape {
    D128(128, 128, 384, 197_632),
    D64(64, 192, 512, 115_712);

    final int headDim;
    final int rows;
    final int block;
    final int sharedBytes;

    Shape(int headDim, int rows, int block, int sharedBytes) {
      this.headDim = headDim;
      this.rows = rows;
      this.block = block;
      this.sharedBytes = sharedBytes;
    }

    static boolean supports(int headDim) {
      return headDim == D128.headDim || headDim == D64.headDim;
    }

    static Shape of(int headDim) {
      if (!supports(headDim)) {
        throw new IllegalArgumentException("no Hopper prefill kernel for head size " + headDim);
      }
      return headDim == D128.headDim ? D128 : D64;
    }

    int tilesOf(int length) {
      return Math.ceilDiv(length, rows);
    }
  }

  int tileCount() {
    return tiles.length / INTS_PER_TILE;
  }

  /**
   * @param starts first token of each sequence in the batch
   * @param lengths of the sequences, at least 1
   * @param l2Bytes of the GPU; half of it is taken for keys and values
   */
  static HopperPrefillPlan of(
      Shape shape,
      int[] starts,
      int[] lengths,
      int numHeads,
      int numKvHeads,
      int smCount,
      long l2Bytes) {
    int count = Arrays.stream(lengths).map(shape::tilesOf).sum();
    int[][] sorted = new int[count][];
    int at = 0;
    long tokens = 0;
    for (int s = 0; s < lengths.length; s++) {
      for (int first = 0; first < lengths[s]; first += shape.rows) {
        sorted[at++] = new int[] {starts[s], lengths[s], first, 0};
      }
      tokens += lengths[s];
    }
    Arrays.sort(sorted, Comparator.comparingInt(tile -> -tile[2])); // stable
    int[] tiles = Arrays.stream(sorted).flatMapToInt(Arrays::stream).toArray();
    long bytesOfKvHead = tokens * shape.headDim * 2 * 2;
    return new HopperPrefillPlan(
        tiles,
        (int) Math.min(smCount, (long) count * numHeads),
        numHeads / numKvHeads * kvHeadsTogether(numKvHeads, l2Bytes / 2 / bytesOfKvHead));
  }

  /** The largest divisor of all heads that is not above {@code fitting}, at least 1. */
  private static int kvHeadsTogether(int numKvHeads, long fitting) {
    int together = Math.clamp(fitting, 1, numKvHeads);
    while (numKvHeads % together != 0) {
      together--;
    }
    return together;
  }
}
