package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.SamplingRow;
import java.util.List;

/**
 * Which kernels turn a step's logits into tokens, and their geometry.
 *
 * <p>Where all rows want the best token of the logits as they are, one kernel does, and nothing
 * need be uploaded. Otherwise one reads all logits once and a second decides.
 *
 * @param launches in order; all may be launched programmatically
 * @param uploads whether the kernels read a {@link SamplingUpload}
 */
record SamplingPlan(List<Launch> launches, boolean uploads) {
  static final String GREEDY = "penstock_sample_greedy";
  static final String SLICES = "penstock_sample_slices";
  static final String ROWS = "penstock_sample_rows";

  /** Dynamic shared memory of {@link #ROWS}; more than a kernel may have without asking. */
  static final int ROWS_SHARED_BYTES = 91_136;

  static final int MAX_VOCAB = 327_680;

  private static final int SLICE = 4096;
  private static final int WORKSPACE_BYTES_PER_SLICE = 416;
  private static final int STATE_BYTES_PER_ROW = 16;

  private static final int GREEDY_BLOCKS_PER_MULTIPROCESSOR = 6;
  private static final int GREEDY_LEAST_SLICE = 2048;

  /**
   * One launch.
   *
   * @param symbol kernel
   * @param gridX blocks
   * @param gridY blocks
   * @param block threads
   * @param sharedBytes dynamic shared memory
   */
  record Launch(String symbol, int gridX, int gridY, int block, int sharedBytes) {}

  /**
   * The plan for these rows.
   *
   * @param vocab at most {@link #MAX_VOCAB}
   * @param multiprocessors of the GPU
   */
  static SamplingPlan of(List<SamplingRow> rows, int vocab, int multiprocessors) {
    boolean greedy = rows.stream().allMatch(SamplingPlan::isPlain);
    return of(greedy, rows.size(), vocab, multiprocessors);
  }

  /**
   * The plan for a number of rows, of which those beyond the upload's are padding.
   *
   * @param greedy whether every row wants the best token and nothing else
   */
  static SamplingPlan of(boolean greedy, int rows, int vocab, int multiprocessors) {
    if (vocab > MAX_VOCAB) {
      throw new IllegalArgumentException(
          "a vocabulary of " + vocab + " is larger than the kernels can sample: " + MAX_VOCAB);
    }
    if (greedy) {
      int slices = greedySlices(rows, vocab, multiprocessors);
      return new SamplingPlan(List.of(new Launch(GREEDY, slices, rows, 256, 0)), false);
    }
    return new SamplingPlan(
        List.of(
            new Launch(SLICES, slices(vocab), rows, 256, 0),
            new Launch(ROWS, rows, 1, 1024, ROWS_SHARED_BYTES)),
        true);
  }

  /** Bytes of the state of {@link #GREEDY}, which must be zeroed once. */
  static long stateBytes(int maxRows) {
    return (long) STATE_BYTES_PER_ROW * maxRows;
  }

  /** Bytes of the workspace between {@link #SLICES} and {@link #ROWS}; needs no zeroing. */
  static long workspaceBytes(int maxRows, int vocab) {
    return (long) WORKSPACE_BYTES_PER_SLICE * slices(vocab) * maxRows;
  }

  private static boolean isPlain(SamplingRow row) {
    return row.isGreedy() && !row.logprobs() && !row.adjusts();
  }

  /** As many slices of a row as fill the GPU once, but none too small for its own overhead. */
  private static int greedySlices(int rows, int vocab, int multiprocessors) {
    int fitting = multiprocessors * GREEDY_BLOCKS_PER_MULTIPROCESSOR / Math.max(1, rows);
    int useful = (vocab + GREEDY_LEAST_SLICE - 1) / GREEDY_LEAST_SLICE;
    return Math.max(1, Math.min(fitting, useful));
  }

  private static int slices(int vocab) {
    return (vocab + SLICE - 1) / SLICE;
  }
}
