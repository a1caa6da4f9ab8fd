package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes rows of a stored tensor as 16-bit floats, padded with zeros to a given length; for one
 * thread.
 */
final class RowConversion {
  private float[] floats = new float[0];
  private short[] shorts = new short[0];

  /**
   * @param columns elements of a written row, at least the tensor's
   * @param to (count, columns) of {@code type}
   */
  void convert(
      TensorView tensor, int firstRow, int count, HalfType type, int columns, MemorySegment to) {
    if (tensor.dtype() == type.stored()) {
      copy(tensor, firstRow, count, columns, to);
      return;
    }
    reserve(columns, tensor.columns());
    for (int i = 0; i < count; i++) {
      Dequantizer.row(tensor, firstRow + i, floats, 0);
      // Behind the tensor's columns the scratch rows are zero and stay so.
      type.encode(floats, shorts, tensor.columns());
      MemorySegment.copy(
          shorts, 0, to, ValueLayout.JAVA_SHORT, (long) i * columns * HalfType.BYTES, columns);
    }
  }

  private static void copy(
      TensorView tensor, int firstRow, int count, int columns, MemorySegment to) {
    long row = tensor.bytesPerRow();
    if (columns == tensor.columns()) {
      MemorySegment.copy(tensor.data(), firstRow * row, to, 0, count * row);
      return;
    }
    long stride = (long) columns * HalfType.BYTES;
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(tensor.data(), (firstRow + i) * row, to, i * stride, row);
      to.asSlice(i * stride + row, stride - row).fill((byte) 0);
    }
  }

  private void reserve(int columns, int used) {
    if (floats.length < used) {
      floats = new float[used];
    }
    if (shorts.length < columns) {
      shorts = new short[columns];
    } else {
      java.util.Arrays.fill(shorts, used, columns, (short) 0);
    }
  }
}
