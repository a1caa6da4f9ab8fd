package io.penstock.engine.backend.cuda.driver;

import java.time.Duration;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A queue of work on one device; it does not wait for the legacy default stream. */
public final class CudaStream extends DeviceResource {
  /** Longer than any step: a GPU that is silent for so long will not answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Handles.OfStream stream;

  private CudaStream(CudaDevice device, Handles.OfStream stream) {
    super(device);
    this.stream = stream;
  }

  public static CudaStream create(CudaDevice device) {
    return create(device, 0);
  }

  /** One whose blocks go before those of other streams, where the device tells them apart. */
  public static CudaStream createUrgent(CudaDevice device) {
    device.makeCurrent();
    int[] least = new int[1];
    int[] greatest = new int[1];
    Status.check(
        JCudaDriver.cuCtxGetStreamPriorityRange(least, greatest), "cuCtxGetStreamPriorityRange");
    return create(device, greatest[0]);
  }

  private static CudaStream create(CudaDevice device, int priority) {
    device.makeCurrent();
    Handles.OfStream stream = new Handles.OfStream();
    Status.check(
        JCudaDriver.cuStreamCreateWithPriority(
            stream, CUstream_flags.CU_STREAM_NON_BLOCKING, priority),
        "cuStreamCreateWithPriority");
    CudaStream created = new CudaStream(device, stream);
    device.own(created);
    return created;
  }

  /** The driver's handle. */
  public long handle() {
    return stream.address();
  }

  Handles.OfStream jcuda() {
    return stream;
  }

  /** Makes work queued here from now on wait for an event recorded elsewhere. */
  public void waitFor(CudaEvent event) {
    Status.check(HotCalls.streamWaits(handle(), event.handle()), "cuStreamWaitEvent");
  }

  /** Whether everything queued so far is done. */
  public boolean query() {
    return Waiting.done(HotCalls.queryStream(handle()), "cuStreamQuery");
  }

  /** Waits until everything queued so far is done, at most a minute. */
  public void synchronize() {
    synchronize(PATIENCE);
  }

  /**
   * @throws CudaTimeoutException when it takes longer
   */
  public void synchronize(Duration timeout) {
    Waiting.until(this::query, timeout, "the work of a stream");
  }

  @Override
  void release() {
    Status.check(JCudaDriver.cuStreamDestroy(stream), "cuStreamDestroy");
  }
}
