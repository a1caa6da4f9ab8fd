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

  /** Brings the step's keys and values into the layer's cache; attention is asked by nobody. */
  void fillCache(CudaStep step, Operands layer) {
    prepare(step, layer, false);
  }

  /**
   * Attention of the last layer for the rows whose logits are wanted, which stand at the front of
   * {@code out} and of the stream afterwards.
   */
  void attendLast(
      CudaStep step, Operands layer, AttentionSpec spec, LastLayerRows rows, CudaResidual stream) {
    prepare(step, layer, false);
    rows.keep(step, layer.qkv(), stream);
    attendOne(step, layer, rows.queries(), spec, plan.lastList());
  }

  void attend(CudaStep step, Operands layer, AttentionSpec spec) {
    prepare(step, layer, plan.hasWholePrompts());
    if (plan.hasWholePrompts()) {
      attendWholePrompts(step, layer, spec, wholePrompts.orElseThrow());
    }
    if (plan.prefillItems() > 0) {
      gpu.launch(
          arguments(step, layer, layer.qkv().address(), spec, plan.prefillList()),
          prefill,
          kernels.prefillGridX(),
          kernels.prefillGridY(plan.prefillItems()),
          kernels.prefillThreads(),
          kernels.prefillSharedBytes());
    }
    if (plan.decodes()) {
      attendOne(step, layer, layer.qkv().address(), spec, 0);
    }
  }

  /** Of sequences with one query token. */
  private void attendOne(CudaStep step, Operands layer, long qkv, AttentionSpec spec, int list) {
    gpu.launch(
        arguments(step, layer, qkv, spec, list),
        decode,
        kernels.decodeGridX(),
        kernels.decodeGridY(),
        AttentionKernels.THREADS,
        0);
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

  /**
   * @param keysForPrompts whether prompts will read keys and values in {@code qkv}
   */
  private void prepare(CudaStep step, Operands layer, boolean keysForPrompts) {
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
            .add(keysForPrompts ? 1 : 0),
        prepare,
        step.tokens(),
        kernels.prepareGridY(),
        AttentionKernels.THREADS,
        0);
  }

  private Launcher.Arguments arguments(
      CudaStep step, Operands layer, long qkv, AttentionSpec spec, int list) {
    return gpu.arguments()
        .add(layer.out())
        .add(qkv)
        .add(layer.cache())
        .add(step.blockIds())
        .add(step.attention() + 4L * list)
        .add(partials.address())
        .add(counters.address())
        .add(kernels.numHeads())
        .add(kernels.numKvHeads())
        .add(spec.slidingWindow())
        .add(spec.scale());
  }
}
