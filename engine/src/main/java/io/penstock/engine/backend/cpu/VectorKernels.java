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
    float[] lanes = Scratch.LANES.get(Lanes.COUNT);
    float mean = VectorMath.sumOfSquares(x, xOffset, gain.length, lanes) / gain.length;
    VectorMath.scale(x, xOffset, (float) (1 / Math.sqrt(mean + eps)), gain, out, outOffset);
  }

  @Override
  public void layerNorm(float[] x, int offset, float[] gain, float[] bias, float eps) {
    float[] lanes = Scratch.LANES.get(Lanes.COUNT);
    VectorNorm.layerNorm(x, offset, gain, bias, eps, lanes);
  }

  @Override
  public void gelu(float[] x, int offset, int n) {
    VectorGelu.apply(x, offset, n);
  }

  @Override
  public void swiglu(float[] gateUp, int gate, int up, float[] out, int outOffset, int n) {
    VectorMath.swiglu(gateUp, gate, up, out, outOffset, n);
  }

  @Override
  public void attention(AttentionCall call, WorkerPool pool) {
    if (VectorAttention.fits(call)) {
      new VectorAttention(call).run(pool);
    } else {
      scalar.attention(call, pool);
    }
  }
}
