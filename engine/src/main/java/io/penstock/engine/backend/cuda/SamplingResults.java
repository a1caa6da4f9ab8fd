package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Where the sampling kernels leave a step's results, and how to read them. One region, of which one
 * copy takes the beginning to the host:
 *
 * <pre>
 * ids      4 bytes a row of the capacity, rounded up to 16 bytes
 * records  168 bytes a row: log-probability, number of best tokens, 20 ids, 20 log-probabilities
 * </pre>
 *
 * @param rowCapacity most rows of a step
 */
record SamplingResults(int rowCapacity) {
  static final int MAX_TOP = 20;
  static final int RECORD_BYTES = 168;

  private static final int TOP_COUNT = 4;
  private static final int TOP_IDS = 8;
  private static final int TOP_LOGPROBS = TOP_IDS + 4 * MAX_TOP;
  private static final int[] NO_IDS = {};
  private static final double[] NO_LOGPROBS = {};

  /** Bytes from the region's beginning to the records. */
  long recordsOffset() {
    return (rowCapacity * 4L + 15) / 16 * 16;
  }

  /** Bytes of the region. */
  long bytes() {
    return recordsOffset() + (long) RECORD_BYTES * rowCapacity;
  }

  /** Bytes that the host must copy for these rows: the ids alone unless a row wants more. */
  long bytesFor(List<SamplingRow> rows) {
    int last = rows.size();
    while (last > 0 && !rows.get(last - 1).logprobs()) {
      last--;
    }
    return last == 0 ? rows.size() * 4L : recordsOffset() + (long) RECORD_BYTES * last;
  }

  /**
   * Reads what was copied to {@code from}, beginning at {@code offset}.
   *
   * @param rows of the step
   */
  SampledRows read(List<SamplingRow> rows, MemorySegment from, long offset) {
    int count = rows.size();
    int[] tokens = new int[count];
    MemorySegment.copy(from, JAVA_INT, offset, tokens, 0, count);
    double[] logprobs = new double[count];
    int[][] topIds = new int[count][];
    double[][] topLogprobs = new double[count][];
    for (int r = 0; r < count; r++) {
      if (tokens[r] < 0 || !rows.get(r).logprobs()) {
        logprobs[r] = Double.NaN;
        topIds[r] = NO_IDS;
        topLogprobs[r] = NO_LOGPROBS;
        continue;
      }
      long at = offset + recordsOffset() + (long) RECORD_BYTES * r;
      logprobs[r] = from.get(JAVA_FLOAT, at);
      int tops = from.get(JAVA_INT, at + TOP_COUNT);
      topIds[r] = new int[tops];
      MemorySegment.copy(from, JAVA_INT, at + TOP_IDS, topIds[r], 0, tops);
      topLogprobs[r] = new double[tops];
      for (int i = 0; i < tops; i++) {
        topLogprobs[r][i] = from.get(JAVA_FLOAT, at + TOP_LOGPROBS + 4L * i);
      }
    }
    return new SampledRows(tokens, logprobs, topIds, topLogprobs);
  }
}
