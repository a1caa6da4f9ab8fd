package io.penstock.engine.backend.cuda.driver;

import java.util.concurrent.atomic.AtomicBoolean;

/** Something that lives in a device's context and is given back at most once. */
abstract class DeviceResource implements AutoCloseable {
  private final CudaDevice device;
  private final AtomicBoolean closed = new AtomicBoolean();

  DeviceResource(CudaDevice device) {
    this.device = device;
  }

  final CudaDevice device() {
    return device;
  }

  final boolean isClosed() {
    return closed.get();
  }

  /** Gives the resource back, with the device's context current. */
  abstract void release();

  /** Gives the resource back; later calls, and those after the device was abandoned, do nothing. */
  @Override
  public final void close() {
    if (closed.compareAndSet(false, true)) {
      device.forget(this);
      if (device.isUsable()) {
        device.makeCurrent();
        release();
      }
    }
  }
}
