package io.penstock.engine.core;

/**
 * Element types of stored tensors, under the names that safetensors and GGUF give them.
 *
 * <p>A quantized type stores {@link #blockElements()} consecutive elements of a row in {@link
 * #blockBytes()} bytes; the float types are blocks of one element.
 */
public enum DType {
  F32(1, 4),
  F16(1, 2),
  BF16(1, 2),
  /** 32 signed bytes and one F16 scale. */
  Q8_0(32, 34),
  /** 32 nibbles and one F16 scale: {@code d * (q - 8)}. */
  Q4_0(32, 18),
  /** 32 nibbles, an F16 scale and an F16 minimum: {@code d * q + m}. */
  Q4_1(32, 20),
  /** 256 nibbles in 8 sub-blocks with 6-bit scales and minimums. */
  Q4_K(256, 144),
  /** 256 five-bit codes in 8 sub-blocks with 6-bit scales and minimums. */
  Q5_K(256, 176),
  /** 256 six-bit codes in 16 sub-blocks with 8-bit scales. */
  Q6_K(256, 210);

  private final int blockElements;
  private final int blockBytes;

  DType(int blockElements, int blockBytes) {
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  public int blockElements() {
    return blockElements;
  }

  public int blockBytes() {
    return blockBytes;
  }

  public boolean isQuantized() {
    return blockElements > 1;
  }

  /**
   * Bytes that {@code elements} consecutive elements take.
   *
   * @throws ArithmeticException when the result does not fit a long or the elements do not fill
   *     whole blocks
   */
  public long bytes(long elements) {
    if (elements % blockElements != 0) {
      throw new ArithmeticException(
          elements + " elements do not fill whole " + this + " blocks of " + blockElements);
    }
    return Math.multiplyExact(elements / blockElements, (long) blockBytes);
  }
}
