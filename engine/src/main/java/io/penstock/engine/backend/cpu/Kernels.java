package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * The numeric inner loops, in one of two implementations that agree up to rounding: {@link
 * ScalarKernels}, plain and the definition of truth, and {@link VectorKernels}.
 *
 * <p>Row operations take (array, offset) pairs and touch one row.
 */
interface Kernels {

  /** Instruction set, for logs. */
  String description();

  /**
   * Copies matrices, stacked by rows, into the layout that {@link CpuMatrix#multiply} wants.
   *
   * @param arena owns the copy
   * @param bias (all rows) or null
   */
  CpuMatrix pack(List<TensorView> parts, float[] bias, Arena arena, WorkerPool pool);

  /** y += x. */
  void add(float[] y, int yOffset, float[] x, int xOffset, int n);

  /** out = x / sqrt(mean(x^2) + eps) * gain; out may be x. */
  void rmsNorm(float[] x, int xOffset, float[] gain, float eps, float[] out, int outOffset);

  /** x = (x - mean(x)) / sqrt(variance(x) + eps) * gain + bias. */
  void layerNorm(float[] x, int offset, float[] gain, float[] bias, float eps);

  /** x = x / 2 * (1 + erf(x / sqrt(2))) (GELU, arXiv 1606.08415), for n values. */
  void gelu(float[] x, int offset, int n);

  /** out = silu(gate) * up. */
  void swiglu(float[] gateUp, int gate, int up, float[] out, int outOffset, int n);

  /** Writes {@link AttentionCall#out()}. */
  void attention(AttentionCall call, WorkerPool pool);
}
