package io.penstock.engine.core;

import java.lang.foreign.MemorySegment;

/**
 * A named, read-only tensor in a checkpoint, row-major, little-endian, not copied: {@code data} is
 * a slice of the memory-mapped file and lives as long as the checkpoint it came from.
 *
 * @param name the canonical Hugging Face name, such as {@code
 *     model.layers.0.self_attn.q_proj.weight}, whatever the container calls it
 * @param dtype element type as stored
 * @param rows the slowest dimension (1 for a vector)
 * @param columns elements of a row; a multiple of {@code dtype.blockElements()}
 * @param data exactly {@code dtype.bytes(rows * columns)} bytes
 */
public record TensorView(String name, DType dtype, int rows, int columns, MemorySegment data) {

  public TensorView {
    long expected = dtype.bytes(Math.multiplyExact((long) rows, (long) columns));
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "tensor %s: %s [%d, %d] takes %d bytes, its data has %d"
              .formatted(name, dtype, rows, columns, expected, data.byteSize()));
    }
  }

  public long bytesPerRow() {
    return dtype.bytes(columns);
  }

  public boolean isVector() {
    return rows == 1;
  }
}
