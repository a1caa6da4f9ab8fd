package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.Launcher;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A device with a stream, and copies that wait: what checks are written with. */
final class GpuFixture implements AutoCloseable {
  final CudaDevice device;
  final CudaStream stream;
  final Launcher launcher = new Launcher();

  GpuFixture(int ordinal) {
    device = CudaDevice.open(ordinal);
    stream = CudaStream.create(device);
  }

  DeviceMemory allocate(long bytes) {
    return DeviceMemory.allocate(device, bytes);
  }

  DeviceMemory upload(float[] values) {
    return upload(MemorySegment.ofArray(values));
  }

  DeviceMemory upload(short[] values) {
    return upload(MemorySegment.ofArray(values));
  }

  private DeviceMemory upload(MemorySegment values) {
    DeviceMemory memory = allocate(values.byteSize());
    try (PinnedMemory pinned = PinnedMemory.allocate(values.byteSize())) {
      pinned.segment().copyFrom(values);
      Copies.hostToDevice(memory.address(), pinned, 0, values.byteSize(), stream);
      stream.synchronize();
    }
    return memory;
  }

  float[] floats(DeviceMemory memory, int count) {
    float[] out = new float[count];
    download(memory, MemorySegment.ofArray(out));
    return out;
  }

  short[] shorts(DeviceMemory memory, int count) {
    short[] out = new short[count];
    download(memory, MemorySegment.ofArray(out));
    return out;
  }

  private void download(DeviceMemory memory, MemorySegment to) {
    try (PinnedMemory pinned = PinnedMemory.allocate(to.byteSize())) {
      pinned.segment().fill((byte) 0x5a);
      Copies.deviceToHost(pinned, 0, memory.address(), to.byteSize(), stream);
      stream.synchronize();
      to.copyFrom(pinned.segment());
    }
  }

  /** A NaN in every float type. */
  void poison(DeviceMemory memory) {
    Copies.memset(memory.address(), (byte) 0xff, memory.bytes(), stream);
  }

  static float first(PinnedMemory memory) {
    return memory.segment().get(ValueLayout.JAVA_FLOAT, 0);
  }

  @Override
  public void close() {
    stream.close();
    device.close();
  }
}
