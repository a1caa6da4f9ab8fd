package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads runs of elements of any {@link DType} as floats. Keeps scratch: one for each thread. */
final class RowReader {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final BlockDecoder decoder = new BlockDecoder();

  /**
   * Writes {@code count} elements that start at byte {@code offset} of {@code data}.
   *
   * @param count a multiple of the type's block
   */
  void read(DType dtype, MemorySegment data, long offset, float[] out, int outOffset, int count) {
    switch (dtype) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = data.get(FLOAT, offset + 4L * i);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = Float.float16ToFloat(data.get(SHORT, offset + 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = Float.intBitsToFloat(data.get(SHORT, offset + 2L * i) << 16);
        }
      }
      case Q8_0, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K -> {
        int block = dtype.blockElements();
        int group = BlockDecoder.groupSize(dtype);
        for (int b = 0; b < count / block; b++) {
          decoder.decode(dtype, data, offset + (long) b * dtype.blockBytes());
          for (int i = 0; i < block; i++) {
            out[outOffset + b * block + i] = decoder.weight(i, group);
          }
        }
      }
    }
  }
}
