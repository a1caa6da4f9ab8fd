package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four-bit codes with a scale and a minimum for 32 columns: Q4_0 (minimum -8 scale), Q4_1 and Q4_K.
 *
 * <p>Record: 4 int vectors of codes, 8 columns each, column j in bits 4j..4j+3; scales; minimums.
 */
final class NibbleFormat extends TileFormat {
  static final int CODE_BYTES = 16 * Lanes.COUNT;
  static final int VECTOR_BYTES = Integer.BYTES * Lanes.COUNT;

  static final NibbleFormat HALF_SCALES = new NibbleFormat(Short.BYTES);
  static final NibbleFormat FLOAT_SCALES = new NibbleFormat(Float.BYTES);

  private final boolean half;

  private NibbleFormat(int scaleBytes) {
    super(CODE_BYTES + 2 * scaleBytes * Lanes.COUNT, RECORD_COLUMNS);
    this.half = scaleBytes == Short.BYTES;
  }

  @Override
  void pack(TensorView tensor, int row, MemorySegment tile, long offset, int lane) {
    DType dtype = tensor.dtype();
    BlockDecoder block = new BlockDecoder();
    long source = row * tensor.bytesPerRow();
    long record = offset;
    for (int k = 0; k < tensor.columns(); k += dtype.blockElements()) {
      block.decode(dtype, tensor.data(), source);
      source += dtype.blockBytes();
      for (int group = 0; group < dtype.blockElements() / RECORD_COLUMNS; group++) {
        for (int i = 0; i < 4; i++) {
          int word = 0;
          for (int j = 0; j < 8; j++) {
            word |= block.codes[group * RECORD_COLUMNS + i * 8 + j] << 4 * j;
          }
          tile.set(JAVA_INT_UNALIGNED, record + (i * Lanes.COUNT + lane) * 4L, word);
        }
        packScale(tile, record + CODE_BYTES, lane, block.scales[group]);
        packScale(tile, record + CODE_BYTES, Lanes.COUNT + lane, block.minimums[group]);
        record += recordBytes();
      }
    }
  }

  private void packScale(MemorySegment tile, long scales, int index, float value) {
    if (half) {
      tile.set(JAVA_SHORT_UNALIGNED, scales + 2L * index, Float.floatToFloat16(value));
    } else {
      tile.set(JAVA_FLOAT_UNALIGNED, scales + 4L * index, value);
    }
  }

  @Override
  void scales(MemorySegment tile, long offset, int records, float[] out, int at, int stride) {
    for (int r = 0; r < records; r++) {
      long from = offset + (long) r * recordBytes() + CODE_BYTES;
      int to = at + r * stride;
      if (half) {
        Lanes.halves(tile, from).intoArray(out, to);
        Lanes.halves(tile, from + 2 * Lanes.COUNT).intoArray(out, to + Lanes.COUNT);
      } else {
        Lanes.floats(tile, from).intoArray(out, to);
        Lanes.floats(tile, from + VECTOR_BYTES).intoArray(out, to + Lanes.COUNT);
      }
    }
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] scales, float[] out, int at) {
    int stride = recordBytes();
    int to = at;
    for (int r = 0; r < records; r++) {
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scales, 2 * r * Lanes.COUNT);
      FloatVector minimum = FloatVector.fromArray(Lanes.FLOAT, scales, (2 * r + 1) * Lanes.COUNT);
      for (int i = 0; i < 4; i++) {
        IntVector v = Lanes.ints(tile, offset + (long) r * stride + (long) i * VECTOR_BYTES);
        for (int j = 0; j < 8; j++) {
          Lanes.toFloat(v.lanewise(VectorOperators.LSHR, 4 * j).and(15))
              .fma(scale, minimum)
              .intoArray(out, to + j * Lanes.COUNT);
        }
        to += 8 * Lanes.COUNT;
      }
    }
  }
}
