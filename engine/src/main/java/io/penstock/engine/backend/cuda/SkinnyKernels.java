package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.KernelFunction;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Launches our matrix products for a few tokens, which add to the residual stream or apply the gate
 * in the same pass. They are used for the shapes and token counts for which {@link SkinnyTuning}
 * found them faster than cuBLASLt; for all others the methods return false and do nothing.
 */
final class SkinnyKernels {
  /** Most tokens for which there are kernels. */
  static final int MOST_TOKENS = 64;

  /**
   * @param outputs columns of the result: rows of the matrix, or half of them for a gate
   * @param tokens as {@link TokenBuckets} has them
   */
  record Shape(MatrixUse use, int outputs, int k, int tokens) {}

  private record Prepared(KernelFunction kernel, SkinnyGemmPlan plan) {}

  private final Gpu gpu;
  private final Map<Shape, Optional<Prepared>> prepared = new HashMap<>();
  private final Set<Shape> chosen = new HashSet<>();

  SkinnyKernels(Gpu gpu) {
    this.gpu = gpu;
  }

  /** From now on these kernels compute products of this shape. */
  void choose(Shape shape) {
    chosen.add(shape);
  }

  /** Whether there is a kernel for the shape on this GPU. */
  boolean exists(Shape shape) {
    return find(shape).isPresent();
  }

  /** out (tokens, rows) = x (tokens, k) * matrix^T + bias. */
  boolean linear(CudaMatrix matrix, long x, long out, int tokens) {
    return runIfChosen(MatrixUse.PLAIN, matrix, x, out, tokens);
  }

  /** residual (tokens, rows) += x (tokens, k) * matrix^T + bias. */
  boolean linearAdd(CudaMatrix matrix, long x, CudaResidual residual, int tokens) {
    return runIfChosen(MatrixUse.ADD, matrix, x, residual.sum(), tokens);
  }

  /** out (tokens, n) = silu(gate) * up of x (tokens, k) * gateUp^T + bias. */
  boolean gatedLinear(CudaMatrix gateUp, long x, long out, int tokens) {
    return runIfChosen(MatrixUse.GATED, gateUp, x, out, tokens);
  }

  private boolean runIfChosen(MatrixUse use, CudaMatrix matrix, long x, long out, int tokens) {
    if (tokens > MOST_TOKENS || !chosen.contains(shape(use, matrix, TokenBuckets.of(tokens)))) {
      return false;
    }
    run(use, matrix, x, out, tokens);
    return true;
  }

  static Shape shape(MatrixUse use, CudaMatrix matrix, int tokens) {
    int outputs = use == MatrixUse.GATED ? matrix.rows() / 2 : matrix.rows();
    return new Shape(use, outputs, matrix.k(), tokens);
  }

  /** Runs the kernel, chosen or not; it must exist. */
  void run(MatrixUse use, CudaMatrix matrix, long x, long out, int tokens) {
    Shape shape = shape(use, matrix, TokenBuckets.of(tokens));
    Prepared found = find(shape).orElseThrow();
    gpu.launch(
        gpu.arguments()
            .add(out)
            .add(matrix.address())
            .add(x)
            .add(matrix.biasAddress())
            .add(tokens)
            .add(shape.outputs())
            .add(shape.k()),
        found.kernel(),
        found.plan().gridX(),
        found.plan().gridY(),
        found.plan().block(),
        0);
  }

  private static String name(MatrixUse use) {
    return switch (use) {
      case PLAIN -> "penstock_skinny_gemm";
      case ADD -> "penstock_skinny_gemm_add";
      case GATED -> "penstock_skinny_gemm_swiglu";
      case LOGITS -> throw new IllegalArgumentException("no kernel makes float32 logits");
    };
  }

  private Optional<Prepared> find(Shape shape) {
    return prepared.computeIfAbsent(shape, this::prepare);
  }

  private Optional<Prepared> prepare(Shape s) {
    int multiprocessors = gpu.device().smCount();
    Optional<SkinnyGemmPlan> plan =
        !gpu.device().computeCapability().atLeast(9, 0)
            ? Optional.empty()
            : s.use() == MatrixUse.GATED
                ? SkinnyGemmPlan.gated(s.outputs(), s.k(), s.tokens(), multiprocessors)
                : SkinnyGemmPlan.of(s.outputs(), s.k(), s.tokens(), multiprocessors);
    return plan.map(p -> new Prepared(gpu.kernel(gpu.typed(name(s.use())) + p.suffix()), p));
  }
}
