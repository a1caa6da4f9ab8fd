package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.core.ModelConfig;

/**
 * Launches a layer's attention: preparation of q, k and v with the write into the cache, then the
 * kernel for sequences of one query token and the one for chunks of several, as the step has some.
 */
final class CudaAttention {
  private static final int BLOCK = 128;
  private static final int DIMS_PER_LANE = 16;
  private static final int HEADS_PER_BLOCK = 8; // query heads of a decode block

  private final Gpu gpu;
  private final int rotaryDim;
  private final AttentionPlanner planner;
  private final KernelFunction prepare;
  private final KernelFunction decode;
  private final KernelFunction prefill;
  private final int prefillShared;
  private final DeviceMemory partials;
  private final DeviceMemory counters;

  private AttentionPlan plan;

  CudaAttention(Gpu gpu, ModelConfig config, CudaSettings settings) {
    this.gpu = gpu;
    this.rotaryDim = config.rope().rotaryDim();
    this.planner = null;
    this.prefillShared = config.headDim() == 256 ? 65536 : 512 * config.headDim();
    this.prepare = gpu.typedKernel("penstock_qkv_prepare");
    this.decode = gpu.kernel(sized("penstock_attention_decode", config));
    this.prefill = gpu.kernel(sized("penstock_attention_prefill", config), prefillShared);
    this.partials = gpu.allocate(1);
    this.counters = gpu.allocateZeroed(1);
  }

  private String sized(String name, ModelConfig config) {
    return gpu.typed(name) + "_d" + config.headDim();
  }

  AttentionPlanner planner() {
    return planner;
  }

  /** From now on operations are of this step. */
  void begin(AttentionPlan stepPlan) {
    plan = stepPlan;
  }

  /**
   * @param qkv (tokens, (heads + 2 kvHeads) * headDim), changed
   * @param qGain (headDim) or 0
   * @param kGain (headDim) or 0
   * @param cache of the layer
   * @param out (tokens, heads * headDim)
   */
  void attend(
      CudaStep step,
      long qkv,
      long qGain,
      long kGain,
      float eps,
      AttentionSpec spec,
      Rotation rotation,
      long cache,
      long out) {
    prepare(step, qkv, qGain, kGain, eps, spec, rotation, cache);
    if (plan.prefillItems() > 0) {
      long work = step.attention() + 4L * plan.prefillList();
      launch(
          prefill,
          step,
          work,
          spec.numKvHeads(),
          plan.prefillItems(),
          prefillShared,
          qkv,
          spec,
          cache,
          out);
    }
    if (plan.decodeWorkers() > 0) {
      long work = step.attention() + 4L * plan.decodeList();
      int group = spec.numHeads() / spec.numKvHeads();
      int gridX = spec.numKvHeads() * Math.ceilDiv(group, HEADS_PER_BLOCK);
      launch(decode, step, work, gridX, plan.decodeWorkers(), 0, qkv, spec, cache, out);
    }
  }

  private void prepare(
      CudaStep step,
      long qkv,
      long qGain,
      long kGain,
      float eps,
      AttentionSpec spec,
      Rotation rotation,
      long cache) {
    int lanes = lanesPerHead(spec.headDim());
    int heads = spec.numHeads() + 2 * spec.numKvHeads();
    gpu.launch(
        gpu.arguments()
            .add(qkv)
            .add(0L) // the bias has been added with the product
            .add(qGain)
            .add(kGain)
            .add(eps)
            .add(rotation.cosSin())
            .add(step.slots())
            .add(cache)
            .add(spec.numHeads())
            .add(spec.numKvHeads())
            .add(spec.headDim())
            .add(rotaryDim),
        prepare,
        step.tokens(),
        Math.ceilDiv(heads * lanes, BLOCK),
        BLOCK,
        0);
  }

  private void launch(
      KernelFunction kernel,
      CudaStep step,
      long work,
      int gridX,
      int gridY,
      int shared,
      long qkv,
      AttentionSpec spec,
      long cache,
      long out) {
    gpu.launch(
        gpu.arguments()
            .add(out)
            .add(qkv)
            .add(cache)
            .add(step.blockIds())
            .add(work)
            .add(partials.address())
            .add(counters.address())
            .add(spec.numHeads())
            .add(spec.numKvHeads())
            .add(spec.slidingWindow())
            .add(spec.scale()),
        kernel,
        gridX,
        gridY,
        BLOCK,
        shared);
  }

  /** A head's elements over 16, rounded up to a power of two. */
  static int lanesPerHead(int headDim) {
    int lanes = Math.ceilDiv(headDim, DIMS_PER_LANE);
    int power = Integer.highestOneBit(lanes);
    return power == lanes ? lanes : 2 * power;
  }
}
