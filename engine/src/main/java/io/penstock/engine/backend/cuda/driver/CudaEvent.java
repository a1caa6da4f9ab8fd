package io.penstock.engine.backend.cuda.driver;

import java.time.Duration;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** A mark in a stream. */
public final class CudaEvent extends DeviceResource {
  private final Handles.OfEvent event;

  private CudaEvent(CudaDevice device, Handles.OfEvent event) {
    super(device);
    this.event = event;
  }

  /** An event that can be timed. */
  public static CudaEvent create(CudaDevice device) {
    return create(device, CUevent_flags.CU_EVENT_DEFAULT);
  }

  /** An event that only orders and tells completion, which is cheaper. */
  public static CudaEvent createUntimed(CudaDevice device) {
    return create(device, CUevent_flags.CU_EVENT_DISABLE_TIMING);
  }

  private static CudaEvent create(CudaDevice device, int flags) {
    device.makeCurrent();
    Handles.OfEvent event = new Handles.OfEvent();
    Status.check(JCudaDriver.cuEventCreate(event, flags), "cuEventCreate");
    CudaEvent created = new CudaEvent(device, event);
    device.own(created);
    return created;
  }

  long handle() {
    return event.address();
  }

  /** Marks the end of what is queued so far. */
  public void record(CudaStream stream) {
    Status.check(HotCalls.record(handle(), stream.handle()), "cuEventRecord");
  }

  /** Whether the GPU has reached the mark; true for one never recorded. */
  public boolean query() {
    return Waiting.done(HotCalls.queryEvent(handle()), "cuEventQuery");
  }

  /**
   * Waits until the GPU has reached the mark.
   *
   * @throws CudaTimeoutException when it takes longer
   */
  public void synchronize(Duration timeout) {
    Waiting.until(this::query, timeout, "a step of the GPU");
  }

  /** Milliseconds between two reached marks, to about half a microsecond. */
  public float elapsedMillis(CudaEvent start) {
    float[] millis = new float[1];
    Status.check(JCudaDriver.cuEventElapsedTime(millis, start.event, event), "cuEventElapsedTime");
    return millis[0];
  }

  @Override
  void release() {
    Status.check(JCudaDriver.cuEventDestroy(event), "cuEventDestroy");
  }
}
