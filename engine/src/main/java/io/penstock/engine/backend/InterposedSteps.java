package io.penstock.engine.backend;

/**
 * A second place of a device for steps, with memory of its own: what is enqueued there is computed
 * amid the step that runs, which pauses for it between two layers. The two may touch no block of
 * the cache in common but such as neither writes; then all that the pause decides is time.
 *
 * <p>For the thread of its backend.
 */
public interface InterposedSteps {

  /** Whether the step that the backend enqueued last pauses: a short one does not. */
  boolean canPause();

  /**
   * The running step pauses from now on, to the end of the next {@link #enqueue}, which asks for
   * that by itself, too.
   */
  void pause();

  /**
   * Enqueues a step: all that {@code step} calls of the backend, its {@link Backend#step} and the
   * {@link #sampler}'s {@code sample}, belongs to it. However this ends, nothing pauses any more
   * when what it enqueued has been computed.
   *
   * @throws RuntimeException after everything that was enqueued here has been computed
   */
  void enqueue(Runnable step);

  /** The sampler of these steps: what it awaits is of them alone. */
  DeviceSampler sampler();

  /** Waits for what was enqueued. */
  void await();

  /** How often steps have paused; waits for the device. */
  long pauses();
}
