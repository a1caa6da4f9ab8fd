package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.TensorView;
import java.util.ArrayList;
import java.util.List;

/**
 * As many rows of a tensor as one staging buffer takes.
 *
 * @param columns elements of a row on the GPU
 * @param destination address of the first row
 */
record UploadChunk(
    TensorView tensor, int firstRow, int rows, HalfType type, int columns, long destination) {

  static List<UploadChunk> split(
      TensorView tensor, HalfType type, int columns, long destination, long stagingBytes) {
    long rowBytes = (long) columns * HalfType.BYTES;
    if (columns < tensor.columns()) {
      throw new IllegalArgumentException(
          "%s has rows of %d, more than %d".formatted(tensor.name(), tensor.columns(), columns));
    }
    if (rowBytes > stagingBytes) {
      throw new IllegalArgumentException(
          "%s: a row takes %,d bytes, a staging buffer has %,d"
              .formatted(tensor.name(), rowBytes, stagingBytes));
    }
    int most = Math.toIntExact(Math.min(tensor.rows(), stagingBytes / rowBytes));
    List<UploadChunk> chunks = new ArrayList<>();
    for (int row = 0; row < tensor.rows(); row += most) {
      int rows = Math.min(most, tensor.rows() - row);
      chunks.add(new UploadChunk(tensor, row, rows, type, columns, destination + row * rowBytes));
    }
    return chunks;
  }

  long bytes() {
    return (long) rows * columns * HalfType.BYTES;
  }
}
