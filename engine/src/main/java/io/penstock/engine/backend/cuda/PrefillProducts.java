package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.KernelFunction;
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
  private final Map<Integer, Kernel> kernels = new HashMap<>(); // by tokens of a tile
  private final Map<Shape, TreeMap<Integer, Boolean>> choices = new HashMap<>();

  private record Shape(int rows, int k) {}

  private record Kernel(KernelFunction function, TensorMaps inputs, TensorMaps outputs) {}

  PrefillProducts(Gpu gpu) {
    this.gpu = gpu;
    this.weightMaps =
        new TensorMaps(gpu, w -> PrefillGemmPlan.weights(w.address(), w.rows() / 2, w.columns()));
  }

  /** The best way to compute the product with this matrix, where there is one. */
  Optional<PrefillGemmPlan> plan(CudaMatrix gateUp, int tokens) {
    return PrefillGemmPlan.of(
        gateUp.rows() / 2,
        gateUp.k(),
        tokens,
        gpu.device().computeCapability(),
        gpu.device().smCount());
  }

  /**
   * What was measured for matrices of this shape: holds for steps of up to so many tokens that have
   * more than the next smaller count measured.
   */
  void choose(CudaMatrix gateUp, int tokens, boolean ours) {
    choices
        .computeIfAbsent(new Shape(gateUp.rows(), gateUp.k()), _ -> new TreeMap<>())
        .put(tokens, ours);
  }

  /**
   * The largest step, if not the largest of all, whose gates and ups have to go to memory.
   *
   * @param maxTokens most tokens of a step
   */
  int mostLeftToLibrary(CudaMatrix gateUp, int maxTokens) {
    TreeMap<Integer, Boolean> measured = choices.get(new Shape(gateUp.rows(), gateUp.k()));
    if (measured == null || maxTokens > measured.lastKey()) {
      return maxTokens;
    }
    return measured.entrySet().stream()
        .filter(choice -> !choice.getValue())
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
    TreeMap<Integer, Boolean> measured = choices.get(new Shape(gateUp.rows(), gateUp.k()));
    if (measured == null) {
      return false;
    }
    Map.Entry<Integer, Boolean> choice = measured.ceilingEntry(tokens);
    Optional<PrefillGemmPlan> plan =
        choice == null || !choice.getValue() ? Optional.empty() : plan(gateUp, tokens);
    plan.ifPresent(p -> launch(p, gateUp, x, out, tokens));
    return plan.isPresent();
  }

  void launch(PrefillGemmPlan plan, CudaMatrix gateUp, CudaBuffer x, CudaBuffer out, int tokens) {
    Kernel kernel = kernels.computeIfAbsent(plan.columns(), _ -> kernel(plan));
    gpu.launchClusters(
        gpu.arguments()
            .add(out.address())
            .add(kernel.outputs().addressOf(out))
            .add(weightMaps.addressOf(gateUp.buffer()))
            .add(kernel.inputs().addressOf(x))
            .add(gateUp.biasAddress())
            .add(tokens)
            .add(gateUp.rows() / 2)
            .add(gateUp.k())
            .add(PrefillGemmPlan.GROUP),
        kernel.function(),
        plan.grid(),
        PrefillGemmPlan.CLUSTER,
        PrefillGemmPlan.BLOCK,
        plan.sharedBytes());
  }

  private Kernel kernel(PrefillGemmPlan plan) {
    return new Kernel(
        gpu.kernel(gpu.typed(PrefillGemmPlan.SYMBOL) + plan.suffix(), plan.sharedBytes()),
        new TensorMaps(gpu, plan::inputs),
        new TensorMaps(gpu, plan::outputs));
  }

  /** Drops the maps of buffers that are freed after tuning. */
  void forgetBuffers() {
    kernels
        .values()
        .forEach(
            kernel -> {
              kernel.inputs().clear();
              kernel.outputs().clear();
            });
  }
}
