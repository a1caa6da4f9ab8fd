package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four-bit codes with a scale and a minimum for 32 columns.
 *
 * <p>Record: 4 int vectors of codes, 8 columns each, column j in the four bits that a rotation by
 * 4j to the right brings to bits 19..22; then what scales them.
 *
 * <p><b>Notes.</b> There they are the leading bits of a float's fraction: one logic operation makes
 * 1 + c/16 of a code c, where a conversion takes two. Scales are then taken times 16 and minimums
 * less 16 scales, which makes the same weight where that difference is exact. A rotation, not a
 * shift, so that one loop serves all columns: the compiler's limit of nodes counts every operation
 * of the source.
 */
abstract class NibbleFormat extends TileFormat {
  static final int CODE_VECTORS = 4;
  static final int CODE_BYTES = CODE_VECTORS * VECTOR_BYTES;
  static final int COLUMNS = 8; // of a vector of codes
  static final int LEVELS = 16;

  private static final int LOWEST = 19;
  private static final int MASK = 15 << LOWEST;

  NibbleFormat(int recordBytes) {
    super(recordBytes);
  }

  /** Writes what scales 32 codes of a row: {@code weight = code * scale + minimum}. */
  abstract void packScale(MemorySegment tile, long record, int lane, float scale, float minimum);

  @Override
  final void pack(TensorView tensor, int row, MemorySegment tile, long offset, int lane) {
    DType dtype = tensor.dtype();
    BlockDecoder block = new BlockDecoder();
    long source = row * tensor.bytesPerRow();
    long record = offset;
    for (int k = 0; k < tensor.columns(); k += dtype.blockElements()) {
      block.decode(dtype, tensor.data(), source);
      source += dtype.blockBytes();
      for (int group = 0; group < dtype.blockElements() / RECORD_COLUMNS; group++) {
        for (int i = 0; i < CODE_VECTORS; i++) {
          int word = 0;
          for (int j = 0; j < COLUMNS; j++) {
            word |= block.codes[group * RECORD_COLUMNS + i * COLUMNS + j] << 4 * j;
          }
          long at = record + (i * Lanes.COUNT + lane) * 4L;
          tile.set(JAVA_INT_UNALIGNED, at, Integer.rotateLeft(word, LOWEST));
        }
        packScale(tile, record, lane, block.scales[group], block.minimums[group]);
        record += recordBytes();
      }
    }
  }

  /** The code of column j. */
  static FloatVector number(IntVector codes, int j) {
    return Lanes.toFloat(codes.lanewise(VectorOperators.ROR, 4 * j + LOWEST).and(LEVELS - 1));
  }

  /** 1 + code/16 of column j. */
  static FloatVector fraction(IntVector codes, int j) {
    return Lanes.fraction(codes.lanewise(VectorOperators.ROR, 4 * j), MASK);
  }
}
