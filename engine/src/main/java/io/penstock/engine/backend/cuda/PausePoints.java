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
 * itself: whatever becomes of the host, no step stands still for long. That the host waits for the
 * whole device while a step pauses is no rare thing: it does when it allocates, or loads a kernel
 * that was never used.
 */
final class PausePoints {
  /** Layers between two of them: a step of 30 ms pauses after 2 ms at most. */
  private static final int LAYERS = 2;

  /** Of fewer tokens a step is not worth pausing, and its layers are not computed one by one. */
  static final int LEAST_TOKENS = 128;

  /** Several times what a step amid another takes on a fast GPU; on a slow one it is not alone. */
  private static final long PATIENCE_NANOS = Duration.ofMillis(150).toNanos();

  private static final int BLOCK = 32;

  private final Gpu gpu;
  private final KernelFunction kernel;
  private final CudaStream control;
  private final DeviceMemory gate; // (3) int: last pause asked for, last that is over, pauses
  private int asked;
  private boolean active;
  private int layers;

  PausePoints(Gpu gpu) {
    this.gpu = gpu;
    this.kernel = gpu.kernel("penstock_pause_point");
    this.control = CudaStream.createUrgent(gpu.device());
    this.gate = gpu.allocateZeroed(3 * Integer.BYTES);
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

  /** Asks for a pause, which a step that runs makes at its next point. */
  void pause() {
    Copies.memset(gate.address(), ++asked, 1, control);
  }

  /** Number of the pause that {@link #pause} asks for next. */
  int next() {
    return asked + 1;
  }

  /** Enqueues in a stream that a pause is over, be it asked for yet or not. */
  void over(int pause, CudaStream stream) {
    Copies.memset(gate.address() + Integer.BYTES, pause, 1, stream);
  }

  long pauses() {
    try (PinnedMemory host = PinnedMemory.allocate(gpu.device(), 3 * Integer.BYTES)) {
      Copies.deviceToHost(host, 0, gate.address(), 3 * Integer.BYTES, gpu.stream());
      gpu.stream().synchronize();
      return host.segment().get(ValueLayout.JAVA_INT, 2 * Integer.BYTES);
    }
  }
}
