package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.WeightUpload;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import java.util.List;

/**
 * Brings tensors to the GPU, in the background: nothing is there before {@link #finish}, except
 * that no more than a gigabyte is on its way at a time, so that progress is told as it is.
 */
final class WeightLoading implements AutoCloseable {
  private static final long MOST_UNDER_WAY = 1L << 30;

  private final Gpu gpu;
  private WeightUpload upload; // null until the first tensor and after close
  private long underWay;

  WeightLoading(Gpu gpu) {
    this.gpu = gpu;
  }

  CudaMatrix matrix(List<TensorView> parts, List<TensorView> biases) {
    requireStackable(parts, biases);
    int inputs = parts.getFirst().columns();
    int k = CudaBuffer.padded(inputs);
    int outputs = parts.stream().mapToInt(TensorView::rows).sum();
    int rows = parts.stream().mapToInt(part -> CudaBuffer.padded(part.rows())).sum();
    DeviceMemory weights = memory((long) rows * k, rows != outputs);
    long at = weights.address();
    for (TensorView part : parts) {
      add(part, at, k);
      at += (long) CudaBuffer.padded(part.rows()) * k * ElementType.BYTES;
    }
    return new CudaMatrix(
        weights, outputs, inputs, rows, k, biases.isEmpty() ? null : bias(biases, rows, outputs));
  }

  private DeviceMemory bias(List<TensorView> biases, int rows, int outputs) {
    DeviceMemory memory = memory(rows, rows != outputs);
    long at = memory.address();
    for (TensorView bias : biases) {
      add(bias, at, bias.columns());
      at += (long) CudaBuffer.padded(bias.columns()) * ElementType.BYTES;
    }
    return memory;
  }

  CudaBuffer vector(TensorView vector) {
    int n = vector.columns();
    int stride = CudaBuffer.padded(n);
    DeviceMemory memory = memory(stride, false);
    add(vector, memory.address(), stride);
    return new CudaBuffer(memory, 1, n, stride, ElementType.BYTES);
  }

  /** Waits until all that was asked for is on the GPU; its views are not read any more then. */
  void finish() {
    if (upload != null) {
      upload.finish();
    }
    underWay = 0;
  }

  /** Finishes and gives threads and buffers back; more may be loaded afterwards. */
  @Override
  public void close() {
    if (upload != null) {
      try {
        finish();
      } finally {
        upload.close();
        upload = null;
      }
    }
  }

  private void add(TensorView tensor, long address, int columns) {
    if (upload == null) {
      upload = WeightUpload.open(gpu.device());
    }
    upload.add(tensor, gpu.type().half(), address, columns);
    underWay += tensor.data().byteSize();
    if (underWay > MOST_UNDER_WAY) {
      finish();
    }
  }

  /** Zeroes only what no tensor fills, and before one of them can arrive: by another stream. */
  private DeviceMemory memory(long elements, boolean hasPadding) {
    DeviceMemory memory = gpu.allocate(elements * ElementType.BYTES);
    if (hasPadding) {
      memory.zero(gpu.stream());
      gpu.stream().synchronize();
    }
    return memory;
  }

  private static void requireStackable(List<TensorView> parts, List<TensorView> biases) {
    TensorView first = parts.getFirst();
    for (TensorView part : parts) {
      if (part.columns() != first.columns()) {
        throw new ModelLoadException(
            "tensor %s has %d columns, %s has %d: they cannot be stacked"
                .formatted(part.name(), part.columns(), first.name(), first.columns()));
      }
    }
    for (int i = 0; i < biases.size(); i++) {
      if (biases.get(i).columns() != parts.get(i).rows()) {
        throw new ModelLoadException(
            "bias %s has %d elements, %s has %d rows"
                .formatted(
                    biases.get(i).name(),
                    biases.get(i).columns(),
                    parts.get(i).name(),
                    parts.get(i).rows()));
      }
    }
  }
}
