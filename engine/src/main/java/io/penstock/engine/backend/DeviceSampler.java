package io.penstock.engine.backend;

import java.util.List;

/** Samples on the device, so that a step returns token ids instead of logits. */
public interface DeviceSampler {

  /**
   * Enqueues the sampling of the step enqueued last; the one before it may have been awaited since.
   *
   * @param rows row i belongs to row i of the logits
   */
  void sample(DeviceBuffer logits, List<SamplingRow> rows);

  /** Waits for the oldest {@link #sample} not yet awaited; at most two may be outstanding. */
  SampledRows await();

  /**
   * Nanoseconds, since the start, for which the device has waited between steps that followed one
   * another, as far as steps were awaited; below 0 where that is not measured.
   */
  default long deviceWaitedNanos() {
    return -1;
  }
}
