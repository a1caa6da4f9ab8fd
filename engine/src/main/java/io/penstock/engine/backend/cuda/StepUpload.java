package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.time.Duration;

/**
 * Brings a step's metadata to the GPU in one copy.
 *
 * <p>On the device there is one place, because recorded graphs read from fixed addresses; the copy
 * stands in the stream behind the kernels that read the one before. On the host there are three: a
 * step is packed while the one before runs and the copy of that one may still be on its way. A
 * place is written again only when its event says that the device has read it.
 */
final class StepUpload {
  private static final int PLACES = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Gpu gpu;
  private final Place[] places = new Place[PLACES];
  private DeviceMemory device;
  private int next;

  private static final class Place {
    private final CudaEvent read;
    private PinnedMemory memory;

    Place(Gpu gpu, long bytes) {
      this.read = CudaEvent.createUntimed(gpu.device());
      this.memory = PinnedMemory.allocate(gpu.device(), bytes);
    }
  }

  StepUpload(Gpu gpu, long bytes) {
    this.gpu = gpu;
    this.device = gpu.allocate(bytes);
    for (int i = 0; i < PLACES; i++) {
      places[i] = new Place(gpu, bytes);
    }
  }

  /** Where the metadata stands on the device. */
  long address() {
    return device.address();
  }

  /**
   * Makes room for {@code bytes}.
   *
   * @return whether {@link #address} has changed, so that recorded graphs read the wrong place
   */
  boolean reserve(long bytes) {
    if (bytes <= device.bytes()) {
      return false;
    }
    gpu.stream().synchronize(); // nothing may still read what is freed
    device.close();
    device = gpu.allocate(bytes + bytes / 2);
    return true;
  }

  /** Packs and enqueues the copy. {@link #reserve} has made room. */
  void upload(StepMetadata metadata, StepLayout layout, int blockSize) {
    Place place = places[next];
    next = (next + 1) % PLACES;
    place.read.synchronize(PATIENCE);
    if (place.memory.bytes() < layout.bytes()) {
      place.memory.close();
      place.memory = PinnedMemory.allocate(gpu.device(), device.bytes());
    }
    metadata.pack(layout, blockSize, place.memory.segment());
    Copies.hostToDevice(device.address(), place.memory, 0, layout.bytes(), gpu.stream());
    place.read.record(gpu.stream());
  }
}
