package io.penstock.engine.backend.cuda.blas;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A {@code cublasLtMatmulAlgo_t}: 64 opaque bytes that mean the same in every process with the same
 * library version and kind of GPU.
 */
final class Algorithm {
  static final int BYTES = 64;

  private final byte[] bytes;

  private Algorithm(byte[] bytes) {
    this.bytes = bytes;
  }

  static Algorithm read(MemorySegment memory, long offset) {
    return new Algorithm(memory.asSlice(offset, BYTES).toArray(ValueLayout.JAVA_BYTE));
  }

  /**
   * @throws IllegalArgumentException for a text that {@link #toString()} did not make
   */
  static Algorithm parse(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("an algorithm has " + BYTES + " bytes: " + hex);
    }
    return new Algorithm(bytes);
  }

  void write(MemorySegment memory) {
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, BYTES);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Algorithm a && Arrays.equals(bytes, a.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
