package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Floats as stored: two 16-bit values in an int lane, the even column in the low half, or one
 * 32-bit value. The last record of a row is filled up with zeros.
 */
final class FloatFormat extends TileFormat {
  private static final ValueLayout.OfShort SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final FloatFormat F32 = new FloatFormat(DType.F32);
  static final FloatFormat F16 = new FloatFormat(DType.F16);
  static final FloatFormat BF16 = new FloatFormat(DType.BF16);

  private final DType dtype;

  private FloatFormat(DType dtype) {
    super(RECORD_COLUMNS * dtype.blockBytes() * Lanes.COUNT);
    this.dtype = dtype;
  }

  static FloatFormat of(DType dtype) {
    return switch (dtype) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      default -> throw new IllegalArgumentException(dtype + " is no float type");
    };
  }

  @Override
  void pack(TensorView tensor, int row, MemorySegment tile, long offset, int lane) {
    long source = row * tensor.bytesPerRow();
    MemorySegment data = tensor.data();
    for (int k = 0; k < tensor.columns(); k++) {
      if (dtype == DType.F32) {
        long to = offset + ((long) k * Lanes.COUNT + lane) * 4;
        tile.set(INT, to, data.get(INT, source + 4L * k));
      } else {
        long to = offset + ((long) (k / 2) * Lanes.COUNT + lane) * 4 + 2 * (k % 2);
        tile.set(SHORT, to, data.get(SHORT, source + 2L * k));
      }
    }
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] out, int at) {
    switch (dtype) {
      case F16 -> expandF16(tile, offset, records, out, at);
      case BF16 -> expandBf16(tile, offset, records, out, at);
      default -> expandF32(tile, offset, records, out, at);
    }
  }

  private static void expandF32(MemorySegment tile, long offset, int records, float[] out, int at) {
    for (int k = 0; k < records * RECORD_COLUMNS; k++) {
      Lanes.floats(tile, offset + (long) k * VECTOR_BYTES).intoArray(out, at + k * Lanes.COUNT);
    }
  }

  private static void expandF16(MemorySegment tile, long offset, int records, float[] out, int at) {
    for (int i = 0; i < records * RECORD_COLUMNS / 2; i++) {
      IntVector v = Lanes.ints(tile, offset + (long) i * VECTOR_BYTES);
      Lanes.lowHalves(v).intoArray(out, at + 2 * i * Lanes.COUNT);
      Lanes.highHalves(v).intoArray(out, at + (2 * i + 1) * Lanes.COUNT);
    }
  }

  private static void expandBf16(
      MemorySegment tile, long offset, int records, float[] out, int at) {
    for (int i = 0; i < records * RECORD_COLUMNS / 2; i++) {
      IntVector v = Lanes.ints(tile, offset + (long) i * VECTOR_BYTES);
      v.lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(out, at + 2 * i * Lanes.COUNT);
      v.and(0xFFFF0000).reinterpretAsFloats().intoArray(out, at + (2 * i + 1) * Lanes.COUNT);
    }
  }
}
