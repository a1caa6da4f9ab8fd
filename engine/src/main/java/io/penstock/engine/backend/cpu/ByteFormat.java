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
 * Signed bytes with a scale: Q8_0, and Q5_K and Q6_K with their codes widened to bytes.
 *
 * <p>Record: 8 int vectors of codes, 4 columns each, column j in byte j; then one half scale
 * (Q8_0), a float scale and a float minimum (Q5_K), or a float scale for each 16 columns (Q6_K).
 */
final class ByteFormat extends TileFormat {
  private enum Scaling {
    HALF,
    SCALE_AND_MINIMUM,
    TWO_SCALES
  }

  /** Added to signed codes; {@code fma(code + 128, scale, -128 scale)} rounds as the product. */
  private static final float OFFSET = 128;

  static final int CODE_BYTES = 32 * Lanes.COUNT;
  static final int VECTOR_BYTES = Integer.BYTES * Lanes.COUNT;

  static final ByteFormat HALF_SCALES = new ByteFormat(Scaling.HALF, 2 * Lanes.COUNT);
  static final ByteFormat WITH_MINIMUM =
      new ByteFormat(Scaling.SCALE_AND_MINIMUM, 2 * VECTOR_BYTES);
  static final ByteFormat TWO_SCALES = new ByteFormat(Scaling.TWO_SCALES, 2 * VECTOR_BYTES);

  private final Scaling scaling;

  private ByteFormat(Scaling scaling, int scaleBytes) {
    super(CODE_BYTES + scaleBytes, scaling == Scaling.TWO_SCALES ? 16 : 32);
    this.scaling = scaling;
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
        for (int i = 0; i < 8; i++) {
          int word = 0;
          for (int j = 0; j < 4; j++) {
            int code = block.codes[group * RECORD_COLUMNS + i * 4 + j] + offsetOfCodes();
            word |= code << 8 * j;
          }
          tile.set(JAVA_INT_UNALIGNED, record + (i * Lanes.COUNT + lane) * 4L, word);
        }
        packScales(tile, record + CODE_BYTES, lane, block, group);
        record += recordBytes();
      }
    }
  }

  /** Signed codes are stored with an offset, so that a mask takes one out. */
  private int offsetOfCodes() {
    return scaling == Scaling.SCALE_AND_MINIMUM ? 0 : (int) OFFSET;
  }

  private void packScales(
      MemorySegment tile, long scales, int lane, BlockDecoder block, int group) {
    switch (scaling) {
      case HALF ->
          tile.set(
              JAVA_SHORT_UNALIGNED, scales + 2L * lane, Float.floatToFloat16(block.scales[group]));
      case SCALE_AND_MINIMUM -> {
        tile.set(JAVA_FLOAT_UNALIGNED, scales + 4L * lane, block.scales[group]);
        tile.set(JAVA_FLOAT_UNALIGNED, scales + VECTOR_BYTES + 4L * lane, block.minimums[group]);
      }
      case TWO_SCALES -> {
        tile.set(JAVA_FLOAT_UNALIGNED, scales + 4L * lane, block.scales[2 * group]);
        tile.set(
            JAVA_FLOAT_UNALIGNED, scales + VECTOR_BYTES + 4L * lane, block.scales[2 * group + 1]);
      }
    }
  }

  @Override
  void scales(MemorySegment tile, long offset, int records, float[] out, int at, int stride) {
    for (int r = 0; r < records; r++) {
      long from = offset + (long) r * recordBytes() + CODE_BYTES;
      int to = at + r * (RECORD_COLUMNS / groupColumns()) * stride;
      switch (scaling) {
        case HALF -> signed(Lanes.halves(tile, from), out, to);
        case SCALE_AND_MINIMUM -> {
          Lanes.floats(tile, from).intoArray(out, to);
          Lanes.floats(tile, from + VECTOR_BYTES).intoArray(out, to + Lanes.COUNT);
        }
        case TWO_SCALES -> {
          signed(Lanes.floats(tile, from), out, to);
          signed(Lanes.floats(tile, from + VECTOR_BYTES), out, to + stride);
        }
      }
    }
  }

  private static void signed(FloatVector scale, float[] out, int at) {
    scale.intoArray(out, at);
    scale.mul(-OFFSET).intoArray(out, at + Lanes.COUNT);
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] scales, float[] out, int at) {
    int vectors = groupColumns() / 4;
    int groups = records * (8 / vectors);
    int to = at;
    for (int g = 0; g < groups; g++) {
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scales, 2 * g * Lanes.COUNT);
      FloatVector minimum = FloatVector.fromArray(Lanes.FLOAT, scales, (2 * g + 1) * Lanes.COUNT);
      long from = offset + codes(g, vectors, recordBytes());
      for (int i = 0; i < vectors; i++) {
        IntVector v = Lanes.ints(tile, from + (long) i * VECTOR_BYTES);
        for (int j = 0; j < 4; j++) {
          Lanes.toFloat(v.lanewise(VectorOperators.LSHR, 8 * j).and(255))
              .fma(scale, minimum)
              .intoArray(out, to + j * Lanes.COUNT);
        }
        to += 4 * Lanes.COUNT;
      }
    }
  }

  /** Where the codes of group {@code g} start: records hold one group of 8 vectors or two of 4. */
  static long codes(int g, int vectors, int stride) {
    return vectors == 8
        ? (long) g * stride
        : (long) (g >> 1) * stride + (long) (g & 1) * 4 * VECTOR_BYTES;
  }
}
