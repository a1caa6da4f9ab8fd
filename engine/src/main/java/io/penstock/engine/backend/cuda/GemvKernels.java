package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.Launcher;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Launches the matrix-vector kernels, which read a matrix once for 1, 2 or 4 tokens at the speed of
 * memory. Each method returns false, having done nothing, where there is no kernel for the shape;
 * matrix products of cuBLASLt do then.
 */
final class GemvKernels {
  private static final String PLAIN = "penstock_gemv";
  private static final String ADD = "penstock_gemv_add";
  private static final String NORM = "penstock_norm_gemv";
  private static final String GATED = "penstock_norm_gemv_swiglu";
  private static final String LOGITS = "penstock_norm_gemv_logits";

  private final Gpu gpu;
  private final Map<Shape, Optional<Prepared>> prepared = new HashMap<>();

  private record Shape(String kernel, int outputs, int k, int tokens) {}

  private record Prepared(KernelFunction kernel, GemvPlan plan) {}

  GemvKernels(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Whether matrices of this shape are multiplied here and not by cuBLASLt. */
  static boolean covers(int rows, int k, int tokens) {
    return GemvPlan.of(rows, k, tokens).isPresent();
  }

  /** out (tokens, rows) = x (tokens, k) * matrix^T + bias. */
  boolean linear(CudaMatrix matrix, long x, long out, int tokens) {
    return product(PLAIN, matrix, x, out, tokens);
  }

  /** residual (tokens, rows) += x (tokens, k) * matrix^T + bias. */
  boolean linearAdd(CudaMatrix matrix, long x, CudaResidual residual, int tokens) {
    return product(ADD, matrix, x, residual.sum(), tokens);
  }

  private boolean product(String name, CudaMatrix matrix, long x, long out, int tokens) {
    Prepared found = find(name, matrix.rows(), matrix.k(), tokens);
    if (found == null) {
      return false;
    }
    launch(
        found,
        gpu.arguments()
            .add(out)
            .add(matrix.address())
            .add(x)
            .add(matrix.biasAddress())
            .add(matrix.rows())
            .add(matrix.k()));
    return true;
  }

  /** out (tokens, rows) = norm(x) * matrix^T + bias; nothing may be pending in x. */
  boolean normLinear(
      CudaResidual x, long gain, float eps, CudaMatrix matrix, long out, int tokens) {
    Prepared found = find(NORM, matrix.rows(), matrix.k(), tokens);
    if (found == null) {
      return false;
    }
    launchNormed(found, x, gain, eps, matrix, out, matrix.rows());
    return true;
  }

  /** out (tokens, n) = silu(gate) * up of norm(x) * gateUp^T + bias; nothing may be pending. */
  boolean normGatedLinear(
      CudaResidual x, long gain, float eps, CudaMatrix gateUp, long out, int tokens) {
    int ffn = gateUp.rows() / 2;
    Prepared found = find(GATED, ffn, gateUp.k(), tokens);
    if (found == null) {
      return false;
    }
    launchNormed(found, x, gain, eps, gateUp, out, ffn);
    return true;
  }

  private void launchNormed(
      Prepared found,
      CudaResidual x,
      long gain,
      float eps,
      CudaMatrix matrix,
      long out,
      int outputs) {
    launch(
        found,
        gpu.arguments()
            .add(out)
            .add(matrix.address())
            .add(x.sum())
            .add(gain)
            .add(eps)
            .add(matrix.biasAddress())
            .add(outputs)
            .add(matrix.k()));
  }

  /** out (count, outputs) float32 = norm(x[rows]) * head^T; nothing may be pending. */
  boolean normLogits(
      CudaResidual x, long rows, long gain, float eps, CudaMatrix head, long out, int count) {
    Prepared found = find(LOGITS, head.outputs(), head.k(), count);
    if (found == null) {
      return false;
    }
    launch(
        found,
        gpu.arguments()
            .add(out)
            .add(head.address())
            .add(x.sum())
            .add(rows)
            .add(gain)
            .add(eps)
            .add(head.outputs())
            .add(head.k()));
    return true;
  }

  private Prepared find(String name, int outputs, int k, int tokens) {
    return prepared
        .computeIfAbsent(new Shape(name, outputs, k, tokens), this::prepare)
        .orElse(null);
  }

  private Optional<Prepared> prepare(Shape s) {
    Optional<GemvPlan> plan =
        s.kernel().equals(GATED)
            ? GemvPlan.gated(s.outputs(), s.k(), s.tokens())
            : GemvPlan.of(s.outputs(), s.k(), s.tokens());
    return plan.map(
        p -> new Prepared(gpu.kernel(gpu.typed(s.kernel()) + p.suffix(), p.sharedBytes()), p));
  }

  private void launch(Prepared found, Launcher.Arguments arguments) {
    GemvPlan plan = found.plan();
    gpu.launch(arguments, found.kernel(), plan.grid(), 1, plan.block(), plan.sharedBytes());
  }
}
