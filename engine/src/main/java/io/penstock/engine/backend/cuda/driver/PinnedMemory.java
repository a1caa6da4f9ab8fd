package io.penstock.engine.backend.cuda.driver;

import java.lang.foreign.MemorySegment;
import jcuda.driver.JCudaDriver;

/** Host memory that the GPU reads and writes directly: copies to and from it do not wait. */
public final class PinnedMemory extends DeviceResource {
  private final Handles.OfHostMemory pointer;
  private final long bytes;

  private PinnedMemory(CudaDevice device, Handles.OfHostMemory pointer, long bytes) {
    super(device);
    this.pointer = pointer;
    this.bytes = bytes;
  }

  /** For the device that is current on this thread; the contents are not defined. */
  public static PinnedMemory allocate(long bytes) {
    return allocate(CudaDevice.current(), bytes);
  }

  public static PinnedMemory allocate(CudaDevice device, long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
    }
    device.makeCurrent();
    Handles.OfHostMemory pointer = new Handles.OfHostMemory();
    Status.check(
        JCudaDriver.cuMemHostAlloc(pointer, bytes, JCudaDriver.CU_MEMHOSTALLOC_PORTABLE),
        "cuMemHostAlloc(" + bytes + ")");
    PinnedMemory memory = new PinnedMemory(device, pointer, bytes);
    device.own(memory);
    return memory;
  }

  /** A view of the whole block, for any thread; not to be used after closing. */
  @SuppressWarnings("restricted") // the length is that of the allocation
  public MemorySegment segment() {
    return MemorySegment.ofAddress(address()).reinterpret(bytes);
  }

  public long address() {
    return pointer.address();
  }

  public long bytes() {
    return bytes;
  }

  @Override
  void release() {
    Status.check(JCudaDriver.cuMemFreeHost(pointer), "cuMemFreeHost");
  }
}
