package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.Launcher;
import java.util.Optional;

/**
 * Launches a layer's attention: preparation of q, k and v with the write into the cache, then the
 * kernels for whole prompts, for other chunks of several query tokens and for sequences of one, as
 * the step has some. All layers and the latter two kernels share one workspace, as they run one
 * after the other.
 */
final class CudaAttention {
  private final Gpu gpu;
  private final AttentionKernels kernels;
  private final Rotation rotation;
  private final KernelFunction prepare;
  private final KernelFunction decode;
  private final KernelFunction prefill;
  private final Optional<WholePrompts> wholePrompts;
  private final DeviceMemory partials;
  private final DeviceMemory counters;

  private AttentionPlan plan;

  /** The kernel for prompts that are whole in a step, and how it finds q, k and v. */
  private record WholePrompts(HopperPrefill hopper, KernelFunction kernel, TensorMaps maps) {}

  /**
   * @param hopper empty where there is no kernel for whole prompts
   * @param maxSequences most sequences of a step that have one query token
   */
  CudaAttention(
      Gpu gpu,
      AttentionKernels kernels,
      Optional<HopperPrefill> hopper,
      Rotation rotation,
      int maxSequences) {
    this.gpu = gpu;
    this.kernels = kernels;
    this.rotation = rotation;
    this.prepare = gpu.typedKernel("penstock_qkv_prepare");
    this.decode = gpu.kernel(kernels.decodeSymbol(gpu.type().suffix()));
    this.prefill =
        gpu.kernel(kernels.prefillSymbol(gpu.type().suffix()), kernels.prefillSharedBytes());
    this.wholePrompts = hopper.map(h -> wholePrompts(gpu, h));
    this.partials = gpu.allocate(kernels.partialBytes(maxSequences));
    this.counters = gpu.allocateZeroed(kernels.counterBytes(maxSequences));
  }

  private static WholePrompts wholePrompts(Gpu gpu, HopperPrefill hopper) {
    return new WholePrompts(
        hopper,
        gpu.kernel(hopper.symbol(gpu.type().suffix()), hopper.shape().sharedBytes),
        new TensorMaps(gpu, HopperPrefillPlan.BOX_ROWS));
  }

  /** From now on operations are of the step with this plan. */
  void begin(AttentionPlan stepPlan) {
    plan = stepPlan;
  }

  /**
   * A layer's operands.
   *
   * @param qkv (tokens, (heads + 2 kvHeads) * headDim), changed
   * @param qGain (headDim) or 0
   * @param kGain (headDim) or 0
   * @param cache of the layer
   * @param out (tokens, heads * headDim)
   */
  record Operands(CudaBuffer qkv, long qGain, long kGain, float eps, long cache, long out) {}

  void attend(CudaStep step, Operands layer, AttentionSpec spec) {
    prepare(step, layer);
    if (plan.hasWholePrompts()) {
      attendWholePrompts(step, layer, spec, wholePrompts.orElseThrow());
    }
    if (plan.prefillItems() > 0) {
      gpu.launch(
          arguments(step, layer, spec, step.attention() + 4L * plan.prefillList()),
          prefill,
          kernels.prefillGridX(),
          kernels.prefillGridY(plan.prefillItems()),
          kernels.prefillThreads(),
          kernels.prefillSharedBytes());
    }
    if (plan.decodes()) {
      gpu.launch(
          arguments(step, layer, spec, step.attention()),
          decode,
          kernels.decodeGridX(),
          kernels.decodeGridY(),
          AttentionKernels.THREADS,
          0);
    }
  }

  private void attendWholePrompts(
      CudaStep step, Operands layer, AttentionSpec spec, WholePrompts prompts) {
    HopperPrefillPlan work = plan.whole();
    HopperPrefillPlan.Shape shape = prompts.hopper().shape();
    gpu.launch(
        gpu.arguments()
            .add(layer.out())
            .add(prompts.maps().addressOf(layer.qkv()))
            .add(step.attention() + 4L * plan.tileList())
            .add(work.tileCount())
            .add(kernels.numHeads())
            .add(kernels.numKvHeads())
            .add(work.headsPerSection())
            .add(spec.scale()),
        prompts.kernel(),
        work.grid(),
        1,
        shape.block,
        shape.sharedBytes);
  }

  private void prepare(CudaStep step, Operands layer) {
    gpu.launch(
        gpu.arguments()
            .add(layer.qkv().address())
            .add(0L) // the bias has been added with the product
            .add(layer.qGain())
            .add(layer.kGain())
            .add(layer.eps())
            .add(rotation.cosSin())
            .add(step.slots())
            .add(layer.cache())
            .add(kernels.numHeads())
            .add(kernels.numKvHeads())
            .add(kernels.headDim())
            .add(2 * rotation.pairs())
            .add(plan.hasWholePrompts() ? 1 : 0), // they read k and v there
        prepare,
        step.tokens(),
        kernels.prepareGridY(),
        AttentionKernels.THREADS,
        0);
  }

  private Launcher.Arguments arguments(
      CudaStep step, Operands layer, AttentionSpec spec, long work) {
    return gpu.arguments()
        .add(layer.out())
        .add(layer.qkv().address())
        .add(layer.cache())
        .add(step.blockIds())
        .add(work)
        .add(partials.address())
        .add(counters.address())
        .add(kernels.numHeads())
        .add(kernels.numKvHeads())
        .add(spec.slidingWindow())
        .add(spec.scale());
  }
}
