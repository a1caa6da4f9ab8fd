package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.penstock.engine.core.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Takes the blocks of GGUF's quantized types apart: a block of n elements becomes n integer codes,
 * and for each group of consecutive elements a scale and a minimum, so that {@code weight = code *
 * scale + minimum}. The layouts are those of ggml (ggml-common.h, ggml-quants.c).
 *
 * <p>All products that make up a scale are exact in float32 (11-bit times 6- or 8-bit integers), so
 * a weight is rounded at most twice, as in the reference.
 */
final class BlockDecoder {
  static final int MAX_BLOCK = 256;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Codes of the block, 0..15, 0..31 or signed bytes. */
  final byte[] codes = new byte[MAX_BLOCK];

  final float[] scales = new float[MAX_BLOCK / 16];
  final float[] minimums = new float[MAX_BLOCK / 16];

  /** Elements that share a scale. */
  static int groupSize(DType dtype) {
    return dtype == DType.Q6_K ? 16 : 32;
  }

  /** Decodes the block of {@code dtype} at {@code offset} into the fields. */
  void decode(DType dtype, MemorySegment data, long offset) {
    switch (dtype) {
      case Q8_0 -> q8(data, offset);
      case Q4_0 -> {
        float scale = half(data, offset);
        scales[0] = scale;
        minimums[0] = -8 * scale;
        nibbles(data, offset + 2, 16, 0);
      }
      case Q4_1 -> {
        scales[0] = half(data, offset);
        minimums[0] = half(data, offset + 2);
        nibbles(data, offset + 4, 16, 0);
      }
      case Q4_K -> {
        scalesOfK(data, offset);
        for (int i = 0; i < 4; i++) {
          nibbles(data, offset + 16 + 32 * i, 32, 64 * i);
        }
      }
      case Q5_K -> q5k(data, offset);
      case Q6_K -> q6k(data, offset);
      case F32, F16, BF16 -> throw new IllegalArgumentException(dtype + " has no blocks");
    }
  }

  /** The scale that applies to element {@code i} as decoded: {@code code * scale + minimum}. */
  float weight(int i, int groupSize) {
    return codes[i] * scales[i / groupSize] + minimums[i / groupSize];
  }

  private void q8(MemorySegment data, long offset) {
    scales[0] = half(data, offset);
    minimums[0] = 0;
    for (int i = 0; i < 32; i++) {
      codes[i] = data.get(JAVA_BYTE, offset + 2 + i);
    }
  }

  /** n bytes: their low nibbles are n elements, their high nibbles the next n. */
  private void nibbles(MemorySegment data, long offset, int n, int first) {
    for (int i = 0; i < n; i++) {
      int packed = data.get(JAVA_BYTE, offset + i);
      codes[first + i] = (byte) (packed & 15);
      codes[first + n + i] = (byte) (packed >>> 4 & 15);
    }
  }

  /** Header of Q4_K and Q5_K: two halves, then eight 6-bit scales and minimums in 12 bytes. */
  private void scalesOfK(MemorySegment data, long offset) {
    float d = half(data, offset);
    float dmin = half(data, offset + 2);
    long q = offset + 4;
    for (int j = 0; j < 8; j++) {
      int scale;
      int minimum;
      if (j < 4) {
        scale = unsigned(data, q + j) & 63;
        minimum = unsigned(data, q + j + 4) & 63;
      } else {
        scale = unsigned(data, q + j + 4) & 15 | unsigned(data, q + j - 4) >>> 6 << 4;
        minimum = unsigned(data, q + j + 4) >>> 4 | unsigned(data, q + j) >>> 6 << 4;
      }
      scales[j] = d * scale;
      minimums[j] = -dmin * minimum;
    }
  }

  private void q5k(MemorySegment data, long offset) {
    scalesOfK(data, offset);
    long high = offset + 16;
    for (int i = 0; i < 4; i++) {
      nibbles(data, high + 32 + 32 * i, 32, 64 * i);
      for (int l = 0; l < 32; l++) {
        int bits = unsigned(data, high + l) >>> 2 * i;
        codes[64 * i + l] += (byte) ((bits & 1) << 4);
        codes[64 * i + 32 + l] += (byte) ((bits & 2) << 3);
      }
    }
  }

  private void q6k(MemorySegment data, long offset) {
    float d = half(data, offset + 208);
    for (int i = 0; i < 16; i++) {
      scales[i] = d * data.get(JAVA_BYTE, offset + 192 + i);
      minimums[i] = 0;
    }
    for (int half = 0; half < 2; half++) {
      long low = offset + 64 * half;
      long high = offset + 128 + 32 * half;
      for (int l = 0; l < 32; l++) {
        int a = unsigned(data, low + l);
        int b = unsigned(data, low + 32 + l);
        int h = unsigned(data, high + l);
        int out = 128 * half + l;
        codes[out] = (byte) ((a & 15 | (h & 3) << 4) - 32);
        codes[out + 32] = (byte) ((b & 15 | (h >>> 2 & 3) << 4) - 32);
        codes[out + 64] = (byte) ((a >>> 4 | (h >>> 4 & 3) << 4) - 32);
        codes[out + 96] = (byte) ((b >>> 4 | (h >>> 6) << 4) - 32);
      }
    }
  }

  static float half(MemorySegment data, long offset) {
    return Float.float16ToFloat(data.get(SHORT, offset));
  }

  private static int unsigned(MemorySegment data, long offset) {
    return data.get(JAVA_BYTE, offset) & 0xFF;
  }
}
