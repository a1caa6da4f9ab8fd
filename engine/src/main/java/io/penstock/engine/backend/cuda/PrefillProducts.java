package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.KernelFunction;
import java.util.HashMap;
import java.util.List;
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
  private final TensorMaps outputMaps;
  private final Map<Integer, TensorMaps> inputMaps = new HashMap<>(); // by rows of a box
  private final Map<Integer, KernelFunction> kernels = new HashMap<>(); // by tokens of a tile
  private final Map<Shape, TreeMap<Integer, Boolean>> choices = new HashMap<>();

  private record Shape(int rows, int k) {}

  PrefillProducts(Gpu gpu) {
    this.gpu = gpu;
    this.weightMaps = new TensorMaps(gpu, PrefillGemmPlan::weights);
    this.outputMaps = new TensorMaps(gpu, PrefillGemmPlan::outputs);
  }

  /** The ways to compute the product with this matrix, the likeliest first; perhaps none. */
  List<PrefillGemmPlan> plans(CudaMatrix gateUp, int tokens) {
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
        choice == null || !choice.getValue()
            ? Optional.empty()
            : plans(gateUp, tokens).stream().findFirst();
    plan.ifPresent(p -> launch(p, gateUp, x, out, tokens));
    return plan.isPresent();
  }

  void launch(PrefillGemmPlan plan, CudaMatrix gateUp, CudaBuffer x, CudaBuffer out, int tokens) {
    TensorMaps inputs =
        inputMaps.computeIfAbsent(plan.inputBoxRows(), rows -> new TensorMaps(gpu, rows));
    gpu.launchClusters(
        gpu.arguments()
            .add(out.address())
            .add(outputMaps.addressOf(out))
            .add(weightMaps.addressOf(gateUp.buffer()))
            .add(inputs.addressOf(x))
            .add(gateUp.biasAddress())
            .add(tokens)
            .add(gateUp.rows() / 2)
            .add(gateUp.k())
            .add(PrefillGemmPlan.GROUP),
        kernels.computeIfAbsent(
            plan.columns(),
            _ -> gpu.kernel(gpu.typed(PrefillGemmPlan.SYMBOL) + plan.suffix(), plan.sharedBytes())),
        plan.grid(),
        PrefillGemmPlan.CLUSTER,
        PrefillGemmPlan.BLOCK,
        plan.sharedBytes());
  }

  /** Drops the maps of buffers that are freed after tuning. */
  void forgetBuffers() {
    inputMaps.values().forEach(TensorMaps::clear);
    outputMaps.clear();
  }
}
