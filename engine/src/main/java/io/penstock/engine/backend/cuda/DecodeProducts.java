package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Our own products for decode batches on Hopper, for the shapes for which they were measured to be
 * faster than cuBLASLt: their weights are under way before the kernel ahead of them has ended, and
 * the gate needs no pass of its own.
 */
final class DecodeProducts {
  private static final int PREFETCHED_STEPS = 0; // more was slower at every shape and batch

  private final Gpu gpu;
  private final Map<Integer, TensorMaps> weightMaps = new HashMap<>(); // by rows of a box
  private final Map<Integer, TensorMaps> inputMaps = new HashMap<>(); // by tokens of a box
  private final Map<String, KernelFunction> kernels = new HashMap<>();
  private final Map<Case, Way> chosen = new HashMap<>();

  /** How we compute a product. */
  enum Way {
    /** As {@link DecodeGemmPlan} says. */
    NARROW,
    /** As {@link DecodeWidePlan} says. */
    WIDE
  }

  /** What a choice is made for. */
  private record Case(Operation operation, int rows, int k, int tokens) {}

  DecodeProducts(Gpu gpu) {
    this.gpu = gpu;
  }

  boolean exists(Way way, Operation operation, CudaMatrix matrix, int tokens) {
    return switch (way) {
      case NARROW -> plan(operation, matrix, tokens).isPresent();
      case WIDE -> widePlan(operation, matrix, tokens).isPresent();
    };
  }

  /** From now on {@link #run} computes matrices of this shape for batches of this bucket. */
  void choose(Way way, Operation operation, CudaMatrix matrix, int tokens) {
    chosen.put(caseOf(operation, matrix, tokens), way);
  }

  /**
   * Computes a product if it is one of those chosen.
   *
   * @param x (tokens, k)
   * @param out (tokens, outputs); for {@link Operation#ADD} the float32 residual stream
   * @return whether it was
   */
  boolean run(Operation operation, CudaMatrix matrix, CudaBuffer x, long out, int tokens) {
    Way way = chosen.get(caseOf(operation, matrix, tokens));
    if (way == null || !exists(way, operation, matrix, tokens)) {
      return false;
    }
    launch(way, operation, matrix, x, out, tokens);
    return true;
  }

  void launch(Way way, Operation operation, CudaMatrix matrix, CudaBuffer x, long out, int tokens) {
    switch (way) {
      case NARROW -> launchNarrow(operation, matrix, x, out, tokens);
      case WIDE -> launchWide(operation, matrix, x, out, tokens);
    }
  }

  private void launchWide(
      Operation operation, CudaMatrix matrix, CudaBuffer x, long out, int tokens) {
    DecodeWidePlan plan = widePlan(operation, matrix, tokens).orElseThrow();
    gpu.launchClusters(
        gpu.arguments()
            .add(out)
            .add(weightMap(matrix, plan.weightBoxRows()))
            .add(inputMap(x, DecodeWidePlan.TOKENS))
            .add(matrix.biasAddress())
            .add(tokens)
            .add(outputs(operation, matrix))
            .add(matrix.k()),
        kernels.computeIfAbsent(
            gpu.typed(plan.symbol()), symbol -> gpu.kernel(symbol, plan.sharedBytes())),
        plan.grid(),
        plan.cluster(),
        DecodeWidePlan.BLOCK,
        plan.sharedBytes());
  }

  private void launchNarrow(
      Operation operation, CudaMatrix matrix, CudaBuffer x, long out, int tokens) {
    DecodeGemmPlan plan = plan(operation, matrix, tokens).orElseThrow();
    gpu.launchClusters(
        gpu.arguments()
            .add(out)
            .add(weightMap(matrix, DecodeGemmPlan.WEIGHT_BOX_ROWS))
            .add(inputMap(x, plan.columns()))
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

  private long weightMap(CudaMatrix matrix, int boxRows) {
    return weightMaps
        .computeIfAbsent(boxRows, rows -> new TensorMaps(gpu, rows))
        .addressOf(matrix.buffer());
  }

  private long inputMap(CudaBuffer x, int boxRows) {
    return inputMaps.computeIfAbsent(boxRows, rows -> new TensorMaps(gpu, rows)).addressOf(x);
  }

  private Optional<DecodeWidePlan> widePlan(Operation operation, CudaMatrix matrix, int tokens) {
    return DecodeWidePlan.of(
        operation,
        outputs(operation, matrix),
        matrix.k(),
        tokens,
        gpu.device().computeCapability());
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
