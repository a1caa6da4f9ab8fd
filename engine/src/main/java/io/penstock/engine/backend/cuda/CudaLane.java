package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.RopeConfig;
import java.util.Optional;

/**
 * What steps in one stream have of their own, as they are under way: metadata, rotation,
 * attention's workspace, the rows of the last layer, sampling. Weights, kernels and what was
 * measured of them are shared. The operations are those of {@code Backend}, which see.
 */
final class CudaLane {
  private final DenseKernels dense;
  private final MatrixProducts products;
  private final CudaAttention attention;
  private final Rotation rotation;
  private final StepInputs inputs;
  private final StepClock clock;
  private final CudaSampler sampler;
  private final LastLayerRows lastRows;

  private CudaStep step;
  private AttentionPlan plan;

  /**
   * Allocated in the GPU's current stream.
   *
   * @param settings with the most sequences and tokens of a step here
   */
  CudaLane(
      Gpu gpu,
      ModelConfig config,
      CudaSettings settings,
      AttentionKernels kernels,
      DenseKernels dense,
      MatrixProducts products) {
    this.dense = dense;
    this.products = products;
    this.rotation = new Rotation(gpu, settings.maxTokens(), config.rope().rotaryDim() / 2);
    Optional<HopperPrefill> hopper =
        HopperPrefill.of(
            kernels,
            gpu.device().computeCapability(),
            config.slidingWindow(),
            gpu.device().l2Bytes());
    // With dynamic scaling a sequence may be in a step as many, each token with its own rotation.
    boolean dynamic = config.rope().scaling() instanceof RopeConfig.Dynamic;
    this.attention =
        new CudaAttention(
            gpu,
            kernels,
            hopper,
            rotation,
            dynamic ? settings.maxTokens() : settings.maxSequences());
    this.inputs =
        new StepInputs(gpu, settings, rotation.pairs(), kernels, hopper, config.slidingWindow());
    this.clock = new StepClock(gpu);
    this.sampler =
        new CudaSampler(
            gpu, clock, config.vocabSize(), settings.maxSequences(), settings.maxTokens());
    this.lastRows =
        new LastLayerRows(
            gpu,
            settings.maxSequences(),
            config.queryWidth(),
            config.queryWidth() + 2 * config.kvWidth(),
            config.hiddenSize());
  }

  CudaSampler sampler() {
    return sampler;
  }

  StepClock clock() {
    return clock;
  }

  // ---- a step

  StepInputs.Prepared exact(BatchLayout batch, Rope rope) {
    return inputs.exact(batch, rope);
  }

  /** A padded decode step laid out as all of its size are. */
  StepInputs.Prepared recordable(BatchLayout batch, Rope rope) {
    return inputs.recordable(batch, rope);
  }

  /**
   * Uploads a step's metadata.
   *
   * @return whether it stands elsewhere than before
   */
  boolean begin(StepInputs.Prepared prepared) {
    boolean moved = inputs.reserve(prepared);
    step = inputs.upload(prepared);
    plan = prepared.attention();
    attention.begin(plan);
    sampler.begin(step);
    return moved;
  }

  void compute(Rope rope, Runnable forward) {
    products.begin(step.tokens());
    rotation.compute(step, rope.attentionFactor());
    forward.run();
  }

  void embed(CudaMatrix table, CudaResidual residual) {
    residual.restart();
    dense.embed(
        residual.sum(),
        table.address(),
        step.tokenIds(),
        sampler.sampledIds(),
        sampler.inputIds(),
        step.tokens(),
        residual.columns());
  }

  void normLinear(CudaResidual x, long gain, float eps, CudaMatrix matrix, long out) {
    products.normLinear(x, gain, eps, matrix, out, step.tokens());
  }

  void attend(CudaAttention.Operands operands, AttentionSpec spec) {
    attention.attend(step, operands, spec);
  }

  void attendLast(CudaAttention.Operands operands, AttentionSpec spec, CudaResidual residual) {
    if (step.logitRows() == 0) {
      attention.fillCache(step, operands);
    } else if (plan.keepsLogitRows()) {
      attention.attendLast(step, operands, spec, lastRows, residual);
      step = step.ofLogitRows();
    } else {
      attention.attend(step, operands, spec);
    }
  }

  void linearAdd(CudaMatrix matrix, CudaBuffer x, CudaResidual residual) {
    products.linearAdd(matrix, x, residual, step.tokens());
  }

  void normGatedLinear(CudaResidual x, long gain, float eps, CudaMatrix gateUp, CudaBuffer out) {
    products.normGatedLinear(x, gain, eps, gateUp, out, step.tokens());
  }

  void normLogits(CudaResidual x, long gain, float eps, CudaMatrix head, long out) {
    products.normLogits(
        x,
        plan.keepsLogitRows() ? lastRows.identity() : step.logitRowsAddress(),
        gain,
        eps,
        head,
        out,
        step.logitRows());
  }
}
