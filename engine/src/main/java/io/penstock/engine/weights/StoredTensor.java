package io.penstock.engine.weights;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A tensor as its container declares it; its bytes are known to lie in the file. The type may be
 * one that cannot be computed with, which matters only if the architecture needs the tensor.
 *
 * @param name as stored
 * @param typeName the container's name of the element type
 * @param dtype the type, or null when it is not supported
 * @param shape slowest dimension first
 */
record StoredTensor(
    Path file, String name, String typeName, DType dtype, long[] shape, MemorySegment data) {

  /**
   * The tensor under its canonical name.
   *
   * @throws ModelLoadException when type or shape is not what the architecture needs
   */
  TensorView view(String canonicalName, long[] expectedShape) {
    if (dtype == null) {
      throw new ModelLoadException(
          file,
          "tensor %s has the unsupported type %s; supported: %s"
              .formatted(name, typeName, supportedTypes()));
    }
    if (!Arrays.equals(shape, expectedShape)) {
      throw new ModelLoadException(
          file,
          "tensor %s: expected shape %s, found %s"
              .formatted(name, Arrays.toString(expectedShape), Arrays.toString(shape)));
    }
    if (shape.length == 1 && dtype.isQuantized()) {
      throw new ModelLoadException(
          file, "tensor %s: a vector must be F32, F16 or BF16, found %s".formatted(name, dtype));
    }
    int rows = shape.length == 1 ? 1 : Math.toIntExact(shape[0]);
    int columns = Math.toIntExact(shape[shape.length - 1]);
    return new TensorView(canonicalName, dtype, rows, columns, data);
  }

  /** What can be computed with, for errors. */
  static String supportedTypes() {
    return "F32, F16, BF16 and, in GGUF, "
        + String.join(
            ", ",
            Arrays.stream(DType.values()).filter(DType::isQuantized).map(DType::name).toList());
  }
}
