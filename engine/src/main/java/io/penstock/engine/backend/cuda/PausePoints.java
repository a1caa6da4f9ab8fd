package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * Places between layers at which a step of prompts pauses while another has the GPU. A kernel of
 * one block waits there while a word in memory says so; open, it costs two microseconds, and what
 * the next kernel would have done ahead of time.
 *
 * <p>A kernel and not the driver's {@code cuStreamWaitValue32}, because it loses patience by
 * itself: whatever becomes of the host, no step stands still for long. And the word is on the
 * device, written in the other stream, so that pausing and going on are in order with what is
 * computed in between.
 */
final class PausePoints {
  /** Layers between two of them: a step of 30 ms pauses after 2 ms at most. */
  private static final int LAYERS = 2;

  /** Of fewer tokens a step is not worth pausing, and its layers are not computed one by one. */
  static final int LEAST_TOKENS = 128;

  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int BLOCK = 32;

  private final Gpu gpu;
  private final KernelFunction kernel;
  private final DeviceMemory gate; // (2) int: closed, how often a step has paused
  private boolean active;
  private int layers;

  PausePoints(Gpu gpu) {
    this.gpu = gpu;
    this.kernel = gpu.kernel("penstock_pause_point");
    this.gate = gpu.allocateZeroed(2 * Integer.BYTES);
  }

  /**
   * A step begins.
   *
   * @param tokens of it; 0 for one that does not pause
   */
  void begin(int tokens) {
    active = tokens >= LEAST_TOKENS;
    layers = 0;
  }

  /** Whether the step that began last pauses. */
  boolean active() {
    return active;
  }

  /** A layer begins. */
  void layer() {
    if (active && layers++ % LAYERS == 0 && layers > 1) {
      gpu.launch(gpu.arguments().add(gate.address()).add(PATIENCE_NANOS), kernel, 1, 1, BLOCK, 0);
    }
  }

  /** Enqueues in a stream that steps pause from then on, or do not any more. */
  void set(boolean closed, CudaStream stream) {
    Copies.memset(gate.address(), closed ? 1 : 0, 1, stream);
  }

  long pauses() {
    try (PinnedMemory host = PinnedMemory.allocate(gpu.device(), 2 * Integer.BYTES)) {
      Copies.deviceToHost(host, 0, gate.address(), 2 * Integer.BYTES, gpu.stream());
      gpu.stream().synchronize();
      return host.segment().get(ValueLayout.JAVA_INT, Integer.BYTES);
    }
  }
}
