package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Our own products for decode batches on Hopper, for the shapes for which they were measured to be
 * faster than cuBLASLt: their weights are under way before the kernel ahead of them has ended, and
 * the gate needs no pass of its own.
 */
final class DecodeProducts {
  private static final int PREFETCHED_STEPS = 0; // more was slower at every shape and batch

  private final Gpu gpu;
  private final TensorMaps weightMaps;
  private final Map<Integer, TensorMaps> inputMaps = new HashMap<>(); // by tokens of a box
  private final Map<String, KernelFunction> kernels = new HashMap<>();
  private final Set<Case> chosen = new HashSet<>();

  /** What a choice is made for. */
  private record Case(Operation operation, int rows, int k, int tokens) {}

  DecodeProducts(Gpu gpu) {
    this.gpu = gpu;
    this.weightMaps = new TensorMaps(gpu, DecodeGemmPlan.WEIGHT_BOX_ROWS);
  }

  boolean exists(Operation operation, CudaMatrix matrix, int tokens) {
    return plan(operation, matrix, tokens).isPresent();
  }

  /** From now on {@link #run} computes matrices of this shape for batches of this bucket. */
  void choose(Operation operation, CudaMatrix matrix, int tokens) {
    chosen.add(caseOf(operation, matrix, tokens));
  }

  /**
   * Computes a product if it is one of those chosen.
   *
   * @param x (tokens, k)
   * @param out (tokens, outputs); for {@link Operation#ADD} the float32 residual stream
   * @return whether it was
   */
  boolean run(Operation operation, CudaMatrix matrix, CudaBuffer x, long out, int tokens) {
    if (!chosen.contains(caseOf(operation, matrix, tokens))) {
      return false;
    }
    launch(operation, matrix, x, out, tokens);
    return true;
  }

  void launch(Operation operation, CudaMatrix matrix, CudaBuffer x, long out, int tokens) {
    DecodeGemmPlan plan = plan(operation, matrix, tokens).orElseThrow();
    TensorMaps inputs =
        inputMaps.computeIfAbsent(plan.columns(), columns -> new TensorMaps(gpu, columns));
    gpu.launchClusters(
        gpu.arguments()
            .add(out)
            .add(weightMaps.addressOf(matrix.buffer()))
            .add(inputs.addressOf(x))
            .add(matrix.biasAddress())
            .add(tokens)
            .add(outputs(operation, matrix))
            .add(matrix.k())
            .add(PREFETCHED_STEPS),
        kernels.computeIfAbsent(
            gpu.typed(operation.symbol) + plan.suffix(),
            symbol -> gpu.kernel(symbol, plan.sharedBytes())),
        plan.grid(),
        plan.cluster(),
        DecodeGemmPlan.BLOCK,
        plan.sharedBytes());
  }

  /** Drops the maps of inputs that are freed after tuning. */
  void forgetInputs() {
    inputMaps.values().forEach(TensorMaps::clear);
  }

  private Optional<DecodeGemmPlan> plan(Operation operation, CudaMatrix matrix, int tokens) {
    return DecodeGemmPlan.of(
        operation,
        outputs(operation, matrix),
        matrix.k(),
        tokens,
        gpu.device().computeCapability(),
        gpu.device().smCount());
  }

  private static Case caseOf(Operation operation, CudaMatrix matrix, int tokens) {
    return new Case(operation, matrix.rows(), matrix.k(), TokenBuckets.of(tokens));
  }

  private static int outputs(Operation operation, CudaMatrix matrix) {
    return operation == Operation.SWIGLU ? matrix.rows() / 2 : matrix.rows();
  }
}
