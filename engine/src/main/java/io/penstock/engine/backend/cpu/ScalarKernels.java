package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.util.List;

/** Plain loops. Sums are taken in double: what the fast path is measured against. */
final class ScalarKernels implements Kernels {

  @Override
  public String description() {
    return "scalar";
  }

  @Override
  public CpuMatrix pack(List<TensorView> parts, float[] bias, Arena arena, WorkerPool pool) {
    return new ScalarMatrix(parts, bias, arena);
  }

  @Override
  public void add(float[] y, int yOffset, float[] x, int xOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] += x[xOffset + i];
    }
  }

  @Override
  public void rmsNorm(float[] x, int xOffset, float[] gain, float eps, float[] out, int outOffset) {
    double sum = 0;
    for (int i = 0; i < gain.length; i++) {
      sum += (double) x[xOffset + i] * x[xOffset + i];
    }
    float factor = (float) (1 / Math.sqrt(sum / gain.length + eps));
    for (int i = 0; i < gain.length; i++) {
      out[outOffset + i] = x[xOffset + i] * factor * gain[i];
    }
  }

  @Override
  public void layerNorm(float[] x, int offset, float[] gain, float[] bias, float eps) {
    int n = gain.length;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[offset + i];
    }
    double mean = sum / n;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += (x[offset + i] - mean) * (x[offset + i] - mean);
    }
    double factor = 1 / Math.sqrt(squares / n + eps);
    for (int i = 0; i < n; i++) {
      x[offset + i] = (float) ((x[offset + i] - mean) * factor * gain[i] + bias[i]);
    }
  }

  @Override
  public void gelu(float[] x, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      x[i] = (float) (x[i] / 2.0 * Erfc.of(-x[i] / Math.sqrt(2)));
    }
  }

  @Override
  public void swiglu(float[] gateUp, int gate, int up, float[] out, int outOffset, int n) {
    for (int i = 0; i < n; i++) {
      double g = gateUp[gate + i];
      out[outOffset + i] = (float) (g / (1 + Math.exp(-g)) * gateUp[up + i]);
    }
  }

  @Override
  public void attention(AttentionCall call, WorkerPool pool) {
    int heads = call.spec().numHeads();
    pool.run(
        call.step().numTokens() * heads,
        (i, _) -> ScalarAttention.attend(call, i / heads, i % heads));
  }
}
