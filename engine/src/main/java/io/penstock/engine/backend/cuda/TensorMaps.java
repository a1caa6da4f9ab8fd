package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import io.penstock.engine.backend.cuda.driver.TensorMap;
import io.penstock.engine.backend.cuda.driver.TensorMap.Promotion;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** The {@link TensorMap}s of buffers on the GPU, each made with its first use and then kept. */
final class TensorMaps {
  private final Gpu gpu;
  private final Function<CudaBuffer, TensorMap> description;
  private final Map<CudaBuffer, DeviceMemory> maps = new HashMap<>();

  /**
   * @param description how copies see a buffer
   */
  TensorMaps(Gpu gpu, Function<CudaBuffer, TensorMap> description) {
    this.gpu = gpu;
    this.description = description;
  }

  /**
   * @param boxRows of one copy
   */
  TensorMaps(Gpu gpu, int boxRows) {
    this(gpu, buffer -> rows(buffer, boxRows, Promotion.BYTES_256));
  }

  /** Boxes of {@code boxRows} rows, of all that a buffer has in memory. */
  static TensorMap rows(CudaBuffer buffer, int boxRows, Promotion promotion) {
    return TensorMap.matrix(
        buffer.address(),
        buffer.columns(),
        rowsInMemory(buffer),
        rowBytes(buffer),
        boxRows,
        promotion);
  }

  static long rowBytes(CudaBuffer buffer) {
    return (long) buffer.stride() * buffer.elementBytes();
  }

  /** At least {@link CudaBuffer#rows}. */
  static long rowsInMemory(CudaBuffer buffer) {
    return buffer.memory().bytes() / rowBytes(buffer);
  }

  /** Where the map of a buffer stands. */
  long addressOf(CudaBuffer buffer) {
    return maps.computeIfAbsent(buffer, this::upload).address();
  }

  /** Frees all maps; nothing that reads them may be under way. */
  void clear() {
    maps.values().forEach(DeviceMemory::close);
    maps.clear();
  }

  private DeviceMemory upload(CudaBuffer buffer) {
    byte[] map = description.apply(buffer).encode();
    DeviceMemory memory = gpu.allocate(map.length);
    try (PinnedMemory host = PinnedMemory.allocate(gpu.device(), map.length)) {
      host.segment().copyFrom(MemorySegment.ofArray(map));
      Copies.hostToDevice(memory.address(), host, 0, map.length, gpu.stream());
      gpu.stream().synchronize();
    }
    return memory;
  }
}
