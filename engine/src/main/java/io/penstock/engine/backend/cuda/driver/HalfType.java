package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.DType;

/** The 16-bit float types that weights and activations have on the GPU. */
public enum HalfType {
  BF16(DType.BF16, "bf16") {
    @Override
    void encode(float[] from, short[] to, int count) {
      for (int i = 0; i < count; i++) {
        int bits = Float.floatToRawIntBits(from[i]);
        int rounded = bits + 0x7fff + (bits >>> 16 & 1);
        // All ones for a NaN, which rounding could turn into an infinity; it is made quiet.
        int nan = 0x7f800000 - (bits & 0x7fffffff) >> 31;
        to[i] = (short) ((rounded & ~nan | (bits | 0x400000) & nan) >>> 16);
      }
    }
  },
  F16(DType.F16, "f16") {
    @Override
    void encode(float[] from, short[] to, int count) {
      for (int i = 0; i < count; i++) {
        to[i] = Float.floatToFloat16(from[i]);
      }
    }
  };

  public static final int BYTES = 2;

  private final DType stored;
  private final String suffix;

  HalfType(DType stored, String suffix) {
    this.stored = stored;
    this.suffix = suffix;
  }

  /** The type of a checkpoint that needs no conversion. */
  public DType stored() {
    return stored;
  }

  /** How kernels of this type end, such as {@code bf16}. */
  public String suffix() {
    return suffix;
  }

  /** Rounds to nearest, ties to even. */
  abstract void encode(float[] from, short[] to, int count);
}
