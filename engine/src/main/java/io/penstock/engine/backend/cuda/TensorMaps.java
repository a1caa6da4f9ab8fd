package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import io.penstock.engine.backend.cuda.driver.TensorMap;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** The {@link TensorMap}s of buffers on the GPU, each made with its first use and then kept. */
final class TensorMaps {
  private final Gpu gpu;
  private final int boxRows;
  private final Map<CudaBuffer, DeviceMemory> maps = new HashMap<>();

  /**
   * @param boxRows of one copy
   */
  TensorMaps(Gpu gpu, int boxRows) {
    this.gpu = gpu;
    this.boxRows = boxRows;
  }

  /** Where the map of all rows that the buffer has in memory stands. */
  long addressOf(CudaBuffer buffer) {
    return maps.computeIfAbsent(buffer, this::upload).address();
  }

  /** Frees all maps; nothing that reads them may be under way. */
  void clear() {
    maps.values().forEach(DeviceMemory::close);
    maps.clear();
  }

  private DeviceMemory upload(CudaBuffer buffer) {
    long rowBytes = (long) buffer.stride() * buffer.elementBytes();
    long rows = buffer.memory().bytes() / rowBytes;
    byte[] map =
        new TensorMap(buffer.address(), buffer.columns(), rows, rowBytes, boxRows).encode();
    DeviceMemory memory = gpu.allocate(map.length);
    try (PinnedMemory host = PinnedMemory.allocate(gpu.device(), map.length)) {
      host.segment().copyFrom(MemorySegment.ofArray(map));
      Copies.hostToDevice(memory.address(), host, 0, map.length, gpu.stream());
      gpu.stream().synchronize();
    }
    return memory;
  }
}
