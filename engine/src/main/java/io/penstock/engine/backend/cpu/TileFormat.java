package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;

/**
 * How a tile, {@link Lanes#COUNT} rows of a matrix, is laid out in memory: a sequence of records,
 * each holding 32 consecutive columns of all rows, with rows in the lanes.
 *
 * <p>A record starts with its codes: one int lane holds consecutive columns of one row (eight
 * nibbles, four bytes, two 16-bit floats or one float), so a load followed by shifts gives weights
 * of one column for all rows, and no sum ever runs across lanes.
 */
abstract class TileFormat {
  /** Columns of a record. */
  static final int RECORD_COLUMNS = 32;

  static final int VECTOR_BYTES = Float.BYTES * Lanes.COUNT;

  private final int recordBytes;

  TileFormat(int recordBytes) {
    this.recordBytes = recordBytes;
  }

  final int recordBytes() {
    return recordBytes;
  }

  /** Writes row {@code row} of the tensor as row {@code lane} of the tile at {@code offset}. */
  abstract void pack(TensorView tensor, int row, MemorySegment tile, long offset, int lane);

  /**
   * Expands records to floats: column k of all rows goes to {@code out[at + k * lanes ..]}. A
   * weight is {@code fma(code, scale, minimum)}.
   */
  abstract void expand(MemorySegment tile, long offset, int records, float[] out, int at);

  /**
   * One token times a pair of tiles, expanded in registers: the decode path of batch 1, which reads
   * every weight once and is bound by memory. The same chain of operations as expanding and {@link
   * TileProduct}.
   *
   * <p><b>Notes.</b> Each format makes a task of its own, so that the compiler sees one kernel in
   * it: with two inlined into one method, or more than two tiles at once, it reaches its limit of
   * nodes (NodeCountInliningCutoff) and the code becomes up to ten times slower. For the same
   * reason the innermost loops stand as loops, which it unrolls itself.
   *
   * @return a task for each pair of tiles of the matrix, or null where the format has none
   */
  WorkerPool.Task fusedTask(PackedMatrix matrix, float[] x, float[] out) {
    return null;
  }

  static TileFormat of(TensorView tensor) {
    return switch (tensor.dtype()) {
      case Q4_0, Q4_1 -> HalfNibbleFormat.INSTANCE;
      case Q4_K -> FloatNibbleFormat.INSTANCE;
      case Q8_0 -> ByteFormat.ONE_SCALE;
      case Q5_K -> ByteFormat.WITH_MINIMUM;
      case Q6_K -> ByteFormat.TWO_SCALES;
      case F32, F16, BF16 -> FloatFormat.of(tensor.dtype());
    };
  }
}
