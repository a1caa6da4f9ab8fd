package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.lang.foreign.MemorySegment;

/** Copies rows of activations to the host, after all that was enqueued. */
final class RowReader {
  private final Gpu gpu;
  private PinnedMemory staging; // grows to the longest row seen

  RowReader(Gpu gpu) {
    this.gpu = gpu;
  }

  void read(CudaBuffer buffer, int row, float[] destination) {
    long stride = (long) buffer.stride() * buffer.elementBytes();
    long bytes = (long) buffer.columns() * buffer.elementBytes();
    if (staging == null || staging.bytes() < bytes) {
      if (staging != null) {
        staging.close();
      }
      staging = PinnedMemory.allocate(gpu.device(), bytes);
    }
    Copies.deviceToHost(staging, 0, buffer.address() + row * stride, bytes, gpu.stream());
    gpu.stream().synchronize();
    MemorySegment source = staging.segment();
    if (buffer.elementBytes() == Float.BYTES) {
      MemorySegment.copy(source, JAVA_FLOAT, 0, destination, 0, buffer.columns());
    } else {
      for (int i = 0; i < buffer.columns(); i++) {
        destination[i] = gpu.type().toFloat(source.getAtIndex(JAVA_SHORT, i));
      }
    }
  }
}
