package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.blas.GemmType;
import io.penstock.engine.backend.cuda.driver.HalfType;
import io.penstock.engine.core.DType;

/** In what a model's weights and activations are kept on the GPU: two bytes an element. */
enum ElementType {
  BF16(HalfType.BF16, GemmType.BF16, GemmType.BF16_TO_F32),
  F16(HalfType.F16, GemmType.F16, GemmType.F16_TO_F32);

  static final int BYTES = HalfType.BYTES;

  private final HalfType half;
  private final GemmType gemm;
  private final GemmType logitsGemm;

  ElementType(HalfType half, GemmType gemm, GemmType logitsGemm) {
    this.half = half;
    this.gemm = gemm;
    this.logitsGemm = logitsGemm;
  }

  /**
   * F16 checkpoints stay as they are; all others become bf16, whose range holds any weight.
   *
   * @param stored type of most weights
   */
  static ElementType of(DType stored) {
    return stored == DType.F16 ? F16 : BF16;
  }

  /** Ends the names of kernels of this type, such as {@code bf16}. */
  String suffix() {
    return half.suffix();
  }

  /** What weights are converted to. */
  HalfType half() {
    return half;
  }

  /** Products whose results are of this type too. */
  GemmType gemm() {
    return gemm;
  }

  /** Products with float32 results. */
  GemmType logitsGemm() {
    return logitsGemm;
  }

  /** The value of 16 stored bits. */
  float toFloat(short bits) {
    return this == F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
  }
}
