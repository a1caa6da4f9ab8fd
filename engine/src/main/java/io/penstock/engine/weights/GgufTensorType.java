package io.penstock.engine.weights;

import io.penstock.engine.core.DType;

/**
 * GGUF's element types ({@code enum ggml_type} in ggml.h) with their block sizes. Those without a
 * {@link DType} cannot be computed with, but are known, so that errors can name them.
 */
enum GgufTensorType {
  F32(0, DType.F32),
  F16(1, DType.F16),
  Q4_0(2, DType.Q4_0),
  Q4_1(3, DType.Q4_1),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, DType.Q8_0),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, DType.Q4_K),
  Q5_K(13, DType.Q5_K),
  Q6_K(14, DType.Q6_K),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, DType.BF16),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  MXFP4(39, 32, 17);

  private final int id;
  private final int blockElements;
  private final int blockBytes;
  private final DType dtype;

  GgufTensorType(int id, DType dtype) {
    this(id, dtype, dtype.blockElements(), dtype.blockBytes());
  }

  GgufTensorType(int id, int blockElements, int blockBytes) {
    this(id, null, blockElements, blockBytes);
  }

  GgufTensorType(int id, DType dtype, int blockElements, int blockBytes) {
    this.id = id;
    this.dtype = dtype;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /** The type with this number, or null. */
  static GgufTensorType of(int id) {
    for (GgufTensorType type : values()) {
      if (type.id == id) {
        return type;
      }
    }
    return null;
  }

  /** The type to compute with, or null when it is not supported. */
  DType dtype() {
    return dtype;
  }

  /**
   * @throws ArithmeticException when a row is not whole blocks or the size does not fit a long
   */
  long bytes(long[] shape) {
    long columns = shape.length == 0 ? 1 : shape[shape.length - 1];
    if (columns % blockElements != 0) {
      throw new ArithmeticException(
          "rows of %d are not whole blocks of %d".formatted(columns, blockElements));
    }
    long blocks = columns / blockElements;
    for (int i = 0; i < shape.length - 1; i++) {
      blocks = Math.multiplyExact(blocks, shape[i]);
    }
    return Math.multiplyExact(blocks, (long) blockBytes);
  }
}
