package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.Launcher;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Our own gated product for steps with prompts on Hopper, where it was measured to be faster than
 * cuBLASLt and the kernel for the gate: gates and ups, twice the size of what is wanted of them,
 * never go to memory.
 */
final class PrefillProducts {
  private final Gpu gpu;
  private final TensorMaps weightMaps;
  private final Map<String, KernelFunction> kernels = new HashMap<>(); // by suffix
  private final Map<Integer, Maps> maps = new HashMap<>(); // by tokens of a tile
  private final Map<Shape, TreeMap<Integer, Way>> choices = new HashMap<>();

  /** How a product is computed: by cuBLASLt, or by us with tiles of one size or of two. */
  enum Way {
    LIBRARY,
    ONE_SIZE,
    TWO_SIZES
  }

  private record Shape(int rows, int k) {}

  private record Maps(TensorMaps inputs, TensorMaps outputs) {}

  PrefillProducts(Gpu gpu) {
    this.gpu = gpu;
    this.weightMaps =
        new TensorMaps(gpu, w -> PrefillGemmPlan.weights(w.address(), w.rows() / 2, w.columns()));
  }

  /** The best plan of a way to compute the product with this matrix, where there is one. */
  Optional<PrefillGemmPlan> plan(CudaMatrix gateUp, int tokens, Way way) {
    int outputs = gateUp.rows() / 2;
    int k = gateUp.k();
    ComputeCapability capability = gpu.device().computeCapability();
    int smCount = gpu.device().smCount();
    return switch (way) {
      case LIBRARY -> Optional.empty();
      case ONE_SIZE -> PrefillGemmPlan.of(outputs, k, tokens, capability, smCount);
      case TWO_SIZES -> PrefillGemmPlan.ofTwoSizes(outputs, k, tokens, capability, smCount);
    };
  }

  /**
   * What was measured for matrices of this shape: holds for steps of up to so many tokens that have
   * more than the next smaller count measured.
   */
  void choose(CudaMatrix gateUp, int tokens, Way way) {
    choices
        .computeIfAbsent(new Shape(gateUp.rows(), gateUp.k()), _ -> new TreeMap<>())
        .put(tokens, way);
  }

  /**
   * The largest step, if not the largest of all, whose gates and ups have to go to memory.
   *
   * @param maxTokens most tokens of a step
   */
  int mostLeftToLibrary(CudaMatrix gateUp, int maxTokens) {
    TreeMap<Integer, Way> measured = choices.get(new Shape(gateUp.rows(), gateUp.k()));
    if (measured == null || maxTokens > measured.lastKey()) {
      return maxTokens;
    }
    return measured.entrySet().stream()
        .filter(choice -> choice.getValue() == Way.LIBRARY)
        .mapToInt(Map.Entry::getKey)
        .map(tokens -> Math.min(tokens, maxTokens))
        .max()
        .orElse(Math.min(maxTokens, PrefillGemmPlan.LEAST_TOKENS - 1));
  }

  /**
   * Computes the product if ours was chosen for such a step.
   *
   * @param x (tokens, k)
   * @param out (tokens, rows / 2)
   * @return whether it was
   */
  boolean run(CudaMatrix gateUp, CudaBuffer x, CudaBuffer out, int tokens) {
    TreeMap<Integer, Way> measured = choices.get(new Shape(gateUp.rows(), gateUp.k()));
    if (measured == null) {
      return false;
    }
    Map.Entry<Integer, Way> choice = measured.ceilingEntry(tokens);
    if (choice == null || choice.getValue() == Way.LIBRARY) {
      return false;
    }
    Optional<PrefillGemmPlan> plan =
        plan(gateUp, tokens, choice.getValue()).or(() -> plan(gateUp, tokens, Way.ONE_SIZE));
    plan.ifPresent(p -> launch(p, gateUp, x, out, tokens));
    return plan.isPresent();
  }

  void launch(PrefillGemmPlan plan, CudaMatrix gateUp, CudaBuffer x, CudaBuffer out, int tokens) {
    Maps wide = maps(plan.columns());
    Launcher.Arguments arguments =
        gpu.arguments()
            .add(out.address())
            .add(wide.outputs().addressOf(out))
            .add(weightMaps.addressOf(gateUp.buffer()))
            .add(wide.inputs().addressOf(x))
            .add(gateUp.biasAddress())
            .add(tokens)
            .add(gateUp.rows() / 2)
            .add(gateUp.k())
            .add(PrefillGemmPlan.GROUP);
    if (plan.rest() > 0) {
      Maps rest = maps(plan.rest());
      arguments
          .add(rest.outputs().addressOf(out))
          .add(rest.inputs().addressOf(x))
          .add(plan.wideRows());
    }
    gpu.launchClusters(
        arguments,
        kernels.computeIfAbsent(
            plan.suffix(),
            suffix -> gpu.kernel(gpu.typed(PrefillGemmPlan.SYMBOL) + suffix, plan.sharedBytes())),
        plan.grid(),
        PrefillGemmPlan.CLUSTER,
        PrefillGemmPlan.BLOCK,
        plan.sharedBytes());
  }

  private Maps maps(int columns) {
    return maps.computeIfAbsent(
        columns,
        n ->
            new Maps(
                new TensorMaps(gpu, x -> PrefillGemmPlan.inputs(x, n)),
                new TensorMaps(gpu, out -> PrefillGemmPlan.outputs(out, n))));
  }

  /** Drops the maps of buffers that are freed after tuning. */
  void forgetBuffers() {
    maps.values()
        .forEach(
            ofColumns -> {
              ofColumns.inputs().clear();
              ofColumns.outputs().clear();
            });
  }
}
