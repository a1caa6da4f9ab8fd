package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.util.List;

/** The Vector API twin of {@link ScalarKernels}. */
final class VectorKernels implements Kernels {
  private final ScalarKernels scalar = new ScalarKernels();

  static int preferredBits() {
    return Lanes.FLOAT.vectorBitSize();
  }

  @Override
  public String description() {
    return "Vector API, %d-bit".formatted(Lanes.FLOAT.vectorBitSize());
  }

  @Override
  public CpuMatrix pack(List<TensorView> parts, float[] bias, Arena arena, WorkerPool pool) {
    return new PackedMatrix(parts, bias, arena, pool);
  }

  @Override
  public void add(float[] y, int yOffset, float[] x, int xOffset, int n) {
    scalar.add(y, yOffset, x, xOffset, n);
  }

  @Override
  public void rmsNorm(float[] x, int xOffset, float[] gain, float eps, float[] out, int outOffset) {
    scalar.rmsNorm(x, xOffset, gain, eps, out, outOffset);
  }

  @Override
  public void swiglu(float[] gateUp, int gate, int up, float[] out, int outOffset, int n) {
    scalar.swiglu(gateUp, gate, up, out, outOffset, n);
  }

  @Override
  public void attention(AttentionCall call, WorkerPool pool) {
    scalar.attention(call, pool);
  }
}
