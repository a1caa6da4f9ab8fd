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

  private final int recordBytes;
  private final int groupColumns;

  TileFormat(int recordBytes, int groupColumns) {
    this.recordBytes = recordBytes;
    this.groupColumns = groupColumns;
  }

  final int recordBytes() {
    return recordBytes;
  }

  /** Columns that share a scale; 0 for formats without scales. */
  final int groupColumns() {
    return groupColumns;
  }

  /** Floats that {@link #scales} writes for one record. */
  final int scaleFloats() {
    return groupColumns == 0 ? 0 : RECORD_COLUMNS / groupColumns * 2 * Lanes.COUNT;
  }

  /** Writes row {@code row} of the tensor as row {@code lane} of the tile at {@code offset}. */
  abstract void pack(TensorView tensor, int row, MemorySegment tile, long offset, int lane);

  /**
   * Writes scales and minimums of records as floats: for each group a vector of scales, then one of
   * minimums.
   *
   * @param stride floats from one group's pair to the next
   */
  abstract void scales(
      MemorySegment tile, long offset, int records, float[] out, int at, int stride);

  /**
   * Expands records to floats: column k of all rows goes to {@code out[at + k * lanes ..]}. A
   * weight is {@code fma(code, scale, minimum)}.
   *
   * @param scales as {@link #scales} wrote them, without gaps
   */
  abstract void expand(
      MemorySegment tile, long offset, int records, float[] scales, float[] out, int at);

  static TileFormat of(TensorView tensor) {
    return switch (tensor.dtype()) {
      case Q4_0, Q4_1 -> NibbleFormat.HALF_SCALES;
      case Q4_K -> NibbleFormat.FLOAT_SCALES;
      case Q8_0 -> ByteFormat.HALF_SCALES;
      case Q5_K -> ByteFormat.WITH_MINIMUM;
      case Q6_K -> ByteFormat.TWO_SCALES;
      case F32, F16, BF16 -> FloatFormat.of(tensor.dtype());
    };
  }
}
