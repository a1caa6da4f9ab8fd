package io.penstock.engine.core;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Expands stored elements to floats by the formats' plain formulas, one rounding after each
 * operation and no fused multiply-add: the reference that faster kernels are compared with.
 *
 * <p>Layouts are those of GGUF's blocks (ggml, {@code ggml-common.h}). In the K types a super-block
 * of 256 elements is cut into sub-blocks with small integer scales, themselves scaled by one F16.
 */
public final class Dequantizer {
  // Safetensors promises no alignment, and a block's fields have none.
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private Dequantizer() {}

  /** Row {@code row} of a tensor, as {@code columns} floats. */
  public static float[] row(TensorView tensor, int row) {
    float[] out = new float[tensor.columns()];
    row(tensor, row, out, 0);
    return out;
  }

  /** Writes row {@code row} of a tensor to {@code out[at .. at + columns)}. */
  public static void row(TensorView tensor, int row, float[] out, int at) {
    long offset = tensor.bytesPerRow() * row;
    expand(tensor.dtype(), tensor.data(), offset, tensor.columns(), out, at);
  }

  /**
   * Expands {@code elements} consecutive elements that start at byte {@code offset} of {@code data}
   * into {@code out[at ..]}.
   *
   * @param elements whole blocks of {@code dtype}
   */
  public static void expand(
      DType dtype, MemorySegment data, long offset, int elements, float[] out, int at) {
    int step = dtype.blockElements();
    if (elements % step != 0) {
      throw new IllegalArgumentException(elements + " elements are not whole blocks of " + dtype);
    }
    switch (dtype) {
      case F32 -> MemorySegment.copy(data, FLOAT, offset, out, at, elements);
      case F16 -> {
        for (int i = 0; i < elements; i++) {
          out[at + i] = half(data, offset + 2L * i);
        }
      }
      case BF16 -> {
        for (int i = 0; i < elements; i++) {
          out[at + i] = Float.intBitsToFloat(data.get(SHORT, offset + 2L * i) << 16);
        }
      }
      default -> {
        long block = offset;
        for (int i = 0; i < elements; i += step, block += dtype.blockBytes()) {
          expandBlock(dtype, data, block, out, at + i);
        }
      }
    }
  }

  private static void expandBlock(DType dtype, MemorySegment s, long o, float[] out, int at) {
    switch (dtype) {
      case Q8_0 -> q8_0(s, o, out, at);
      case Q4_0 -> q4_0(s, o, out, at);
      case Q4_1 -> q4_1(s, o, out, at);
      case Q4_K -> q4k(s, o, out, at);
      case Q5_K -> q5k(s, o, out, at);
      case Q6_K -> q6k(s, o, out, at);
      case F32, F16, BF16 -> throw new IllegalArgumentException(dtype + " has no blocks");
    }
  }

  /** d: F16, q: 32 x i8; value = d q. */
  private static void q8_0(MemorySegment s, long o, float[] out, int at) {
    float d = half(s, o);
    for (int i = 0; i < 32; i++) {
      out[at + i] = d * s.get(BYTE, o + 2 + i);
    }
  }

  /** d: F16, q: 32 nibbles, the low ones first; value = d (q - 8). */
  private static void q4_0(MemorySegment s, long o, float[] out, int at) {
    float d = half(s, o);
    for (int i = 0; i < 16; i++) {
      int q = unsigned(s, o + 2 + i);
      out[at + i] = d * ((q & 15) - 8);
      out[at + 16 + i] = d * ((q >> 4) - 8);
    }
  }

  /** d: F16, m: F16, q: 32 nibbles, the low ones first; value = d q + m. */
  private static void q4_1(MemorySegment s, long o, float[] out, int at) {
    float d = half(s, o);
    float m = half(s, o + 2);
    for (int i = 0; i < 16; i++) {
      int q = unsigned(s, o + 4 + i);
      out[at + i] = d * (q & 15) + m;
      out[at + 16 + i] = d * (q >> 4) + m;
    }
  }

  /**
   * d: F16, dmin: F16, 12 bytes of 6-bit scales and minimums, 128 bytes of nibbles; sub-blocks 2g
   * and 2g+1 are the low and high nibbles of bytes 32g..32g+31; value = (d scale) q - (dmin min).
   */
  private static void q4k(MemorySegment s, long o, float[] out, int at) {
    float d = half(s, o);
    float dmin = half(s, o + 2);
    for (int sub = 0; sub < 8; sub++) {
      float scale = d * scale6(s, o + 4, sub);
      float min = dmin * min6(s, o + 4, sub);
      long q = o + 16 + (sub >> 1) * 32L;
      int shift = (sub & 1) * 4;
      for (int i = 0; i < 32; i++) {
        out[at + sub * 32 + i] = scale * (unsigned(s, q + i) >> shift & 15) - min;
      }
    }
  }

  /** As Q4_K, with the fifth bit of sub-block b in bit b of 32 bytes before the nibbles. */
  private static void q5k(MemorySegment s, long o, float[] out, int at) {
    float d = half(s, o);
    float dmin = half(s, o + 2);
    for (int sub = 0; sub < 8; sub++) {
      float scale = d * scale6(s, o + 4, sub);
      float min = dmin * min6(s, o + 4, sub);
      long q = o + 48 + (sub >> 1) * 32L;
      int shift = (sub & 1) * 4;
      for (int i = 0; i < 32; i++) {
        int high = unsigned(s, o + 16 + i) >> sub & 1;
        out[at + sub * 32 + i] = scale * ((unsigned(s, q + i) >> shift & 15) | high << 4) - min;
      }
    }
  }

  /**
   * 128 bytes of low nibbles, 64 of upper bit pairs, 16 i8 scales (one for 16 elements), d: F16;
   * value = (d scale) (q - 32). In each half of 128 elements, group g of 32 takes its nibbles from
   * bytes 32 (g mod 2).. (low for g &lt; 2, high after) and its bits 2g, 2g+1 from the 32 bytes of
   * pairs.
   */
  private static void q6k(MemorySegment s, long o, float[] out, int at) {
    float d = half(s, o + 208);
    for (int e = 0; e < 256; e += 32) {
      int half = e >> 7;
      int group = e >> 5 & 3;
      long low = o + half * 64L + (group & 1) * 32L;
      long high = o + 128 + half * 32L;
      for (int i = 0; i < 32; i++) {
        float scale = d * s.get(BYTE, o + 192 + (e + i >> 4));
        int nibble = unsigned(s, low + i) >> (group >> 1) * 4 & 15;
        int pair = unsigned(s, high + i) >> group * 2 & 3;
        out[at + e + i] = scale * ((nibble | pair << 4) - 32);
      }
    }
  }

  /** The first four scales and minimums lie in the low 6 bits of bytes 0-3 and 4-7. */
  private static int scale6(MemorySegment s, long o, int sub) {
    return sub < 4
        ? unsigned(s, o + sub) & 63
        : unsigned(s, o + 4 + sub) & 15 | unsigned(s, o + sub - 4) >> 6 << 4;
  }

  /** The last four are split: nibbles in bytes 8-11, upper bits atop bytes 0-7. */
  private static int min6(MemorySegment s, long o, int sub) {
    return sub < 4
        ? unsigned(s, o + 4 + sub) & 63
        : unsigned(s, o + 4 + sub) >> 4 | unsigned(s, o + sub) >> 6 << 4;
  }

  private static float half(MemorySegment s, long o) {
    return Float.float16ToFloat(s.get(SHORT, o));
  }

  private static int unsigned(MemorySegment s, long o) {
    return s.get(BYTE, o) & 0xff;
  }
}
