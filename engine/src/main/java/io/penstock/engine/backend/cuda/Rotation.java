package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;

/** Cosines and sines of a step's positions, computed once and read by every layer. */
final class Rotation {
  private static final int WARP = 32;

  private final Gpu gpu;
  private final int pairs;
  private final DeviceMemory cosSin; // (maxTokens, pairs, 2) float
  private final KernelFunction kernel;

  /**
   * @param pairs pairs of a head that are turned
   */
  Rotation(Gpu gpu, int maxTokens, int pairs) {
    this.gpu = gpu;
    this.pairs = pairs;
    this.cosSin = gpu.allocate((long) maxTokens * pairs * 2 * Float.BYTES);
    this.kernel = gpu.kernel("penstock_rope_table");
  }

  int pairs() {
    return pairs;
  }

  long cosSin() {
    return cosSin.address();
  }

  /**
   * The first kernel of a step: those behind it may read the step's metadata before they wait for
   * it, so it stands behind the metadata's copy.
   */
  void compute(CudaStep step, float attentionFactor) {
    gpu.launch(
        gpu.arguments()
            .add(cosSin.address())
            .add(step.positions())
            .add(step.ropeRows())
            .add(step.frequencies())
            .add(attentionFactor)
            .add(pairs),
        kernel,
        step.tokens(),
        1,
        Math.ceilDiv(pairs, WARP) * WARP,
        0,
        true);
  }
}
