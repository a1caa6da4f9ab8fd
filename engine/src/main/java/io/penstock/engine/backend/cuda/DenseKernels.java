package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.KernelFunction;

/**
 * Launches the kernels that go over rows of activations: embedding, norms and the gate. Arguments
 * and launch contracts are those of KERNELS.md; pointers are addresses on the GPU.
 */
final class DenseKernels {
  private static final int GATE_BLOCK = 128;
  private static final int GATE_ELEMENTS = 16; // of a thread

  private final Gpu gpu;
  private final KernelFunction embedding;
  private final KernelFunction rmsNorm;
  private final KernelFunction addRmsNorm;
  private final KernelFunction gatherAddRmsNorm;
  private final KernelFunction add;
  private final KernelFunction swiglu;

  DenseKernels(Gpu gpu) {
    this.gpu = gpu;
    this.embedding = gpu.typedKernel("penstock_embedding");
    this.rmsNorm = gpu.typedKernel("penstock_rms_norm");
    this.addRmsNorm = gpu.typedKernel("penstock_add_rms_norm");
    this.gatherAddRmsNorm = gpu.typedKernel("penstock_gather_add_rms_norm");
    this.add = gpu.typedKernel("penstock_add");
    this.swiglu = gpu.typedKernel("penstock_swiglu");
  }

  /** Sets {@code residual} and {@code inputIds} (tokens). */
  void embed(
      long residual,
      long table,
      long tokenIds,
      long sampledIds,
      long inputIds,
      int tokens,
      int hidden) {
    gpu.launch(
        gpu.arguments()
            .add(residual)
            .add(table)
            .add(tokenIds)
            .add(sampledIds)
            .add(inputIds)
            .add(hidden),
        embedding,
        tokens,
        1,
        Gpu.rowBlock(hidden),
        0);
  }

  /** Adds what is pending and writes the stream's norm to {@link CudaResidual#normed}. */
  void norm(CudaResidual x, long gain, float eps, int tokens) {
    int hidden = x.columns();
    if (x.hasPendingDelta()) {
      gpu.launch(
          gpu.arguments()
              .add(x.normed())
              .add(x.sum())
              .add(x.delta())
              .add(gain)
              .add(hidden)
              .add(eps),
          addRmsNorm,
          tokens,
          1,
          Gpu.rowBlock(hidden),
          0);
      x.settled();
    } else {
      gpu.launch(
          gpu.arguments().add(x.normed()).add(x.sum()).add(gain).add(hidden).add(eps),
          rmsNorm,
          tokens,
          1,
          Gpu.rowBlock(hidden),
          0);
    }
  }

  /**
   * Writes the norm of the stream's rows {@code rows} (count) to the first rows of {@link
   * CudaResidual#normed}; the stream stays as it is.
   */
  void normRows(CudaResidual x, long rows, long gain, float eps, int count) {
    int hidden = x.columns();
    gpu.launch(
        gpu.arguments()
            .add(x.normed())
            .add(x.sum())
            .add(x.hasPendingDelta() ? x.delta() : 0L)
            .add(rows)
            .add(gain)
            .add(hidden)
            .add(eps),
        gatherAddRmsNorm,
        count,
        1,
        Gpu.rowBlock(hidden),
        0);
  }

  /** Adds what is pending to the sum. */
  void settle(CudaResidual x, int tokens) {
    if (x.hasPendingDelta()) {
      int hidden = x.columns();
      gpu.launch(
          gpu.arguments().add(x.sum()).add(x.delta()).add(hidden),
          add,
          tokens,
          1,
          Gpu.rowBlock(hidden),
          0);
      x.settled();
    }
  }

  /** out (tokens, n) = silu(gate) * up, with gateUp (tokens, 2 n). */
  void swiglu(long out, long gateUp, int tokens, int n) {
    gpu.launch(
        gpu.arguments().add(out).add(gateUp).add(n),
        swiglu,
        Math.ceilDiv(n, GATE_BLOCK * GATE_ELEMENTS),
        tokens,
        GATE_BLOCK,
        0);
  }
}
