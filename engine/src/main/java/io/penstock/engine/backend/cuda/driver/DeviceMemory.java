package io.penstock.engine.backend.cuda.driver;

import jcuda.driver.JCudaDriver;

/** Memory of a GPU; its address is a multiple of 256. */
public final class DeviceMemory extends DeviceResource {
  private final Handles.OfDeviceMemory pointer;
  private final long bytes;

  private DeviceMemory(CudaDevice device, Handles.OfDeviceMemory pointer, long bytes) {
    super(device);
    this.pointer = pointer;
    this.bytes = bytes;
  }

  /**
   * @param bytes at least 1; the contents are not defined
   * @throws DeviceOutOfMemoryException when the GPU has no room
   */
  public static DeviceMemory allocate(CudaDevice device, long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
    }
    device.makeCurrent();
    Handles.OfDeviceMemory pointer = new Handles.OfDeviceMemory();
    int code = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (code == Status.OUT_OF_MEMORY) {
      throw new DeviceOutOfMemoryException(code, Status.name(code), bytes, device.freeBytes());
    }
    Status.check(code, "cuMemAlloc(" + bytes + ")");
    DeviceMemory memory = new DeviceMemory(device, pointer, bytes);
    device.own(memory);
    return memory;
  }

  public long address() {
    return pointer.address();
  }

  public long bytes() {
    return bytes;
  }

  /** Queues setting every byte to zero. */
  public void zero(CudaStream stream) {
    Copies.memset(address(), (byte) 0, bytes, stream);
  }

  @Override
  void release() {
    Status.check(JCudaDriver.cuMemFree(pointer), "cuMemFree");
  }
}
