package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.CacheRoom;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceFigures;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.backend.Progress;
import io.penstock.engine.backend.ResidualStream;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.measured.MeasuredFile;
import io.penstock.engine.backend.cuda.nvml.Nvml;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.TensorView;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backend for one model on one NVIDIA GPU.
 *
 * <p><b>Notes.</b> Everything happens in one stream, in the order of the calls, so an operation
 * needs no other synchronization than its place; the host only waits for the GPU where it reads
 * results. This class takes operations apart and hands them to the parts: {@link MatrixProducts}
 * for what stands around a weight matrix, {@link CudaAttention}, {@link StepInputs} for a step's
 * metadata, {@link DecodeGraphs} to record decode steps, {@link CudaSampler}. Only {@link
 * CudaSwapSpace} has a stream of its own, beside steps that do not need what it copies.
 */
public final class CudaBackend implements Backend {
  private static final Logger log = LoggerFactory.getLogger(CudaBackend.class);
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

  private final Gpu gpu;
  private final CublasLt blas;
  private final Nvml nvml;
  private final ModelConfig config;
  private final CudaSettings settings;
  private final WeightLoading weights;
  private final KernelChoices choices;
  private final GemmTuning tuning;
  private final DecodeTuning decodeTuning;
  private final PrefillTuning prefillTuning;
  private final DecodeLayerTuning layerTuning;
  private final DenseKernels dense;
  private final MatrixProducts products;
  private final CudaAttention attention;
  private final Rotation rotation;
  private final DecodeBuckets buckets;
  private final DecodeGraphs graphs;
  private final StepInputs inputs;
  private final StepClock clock;
  private final CudaSampler sampler;
  private final LastLayerRows lastRows;
  private final RowReader reader;

  private Optional<CudaSwapSpace> swap = Optional.empty();
  private CudaStep step;
  private AttentionPlan plan;

  /**
   * @throws CudaUnavailableException when this machine, or the kernels, cannot compute the model,
   *     with the reason as a clause
   */
  public static CudaBackend open(ModelConfig config, CudaSettings settings) {
    SupportedModels.refusal(config)
        .ifPresent(
            reason -> {
              throw new CudaUnavailableException(reason);
            });
    Gpu gpu = Gpu.open(settings.device(), ElementType.of(settings.stored()));
    try {
      CudaBackend backend = new CudaBackend(gpu, config, settings);
      log.info("CUDA: {}, {}", gpu.device(), gpu.type().suffix());
      return backend;
    } catch (RuntimeException e) {
      gpu.close();
      throw e;
    }
  }

  private CudaBackend(Gpu gpu, ModelConfig config, CudaSettings settings) {
    this.gpu = gpu;
    this.config = config;
    this.settings = settings;
    this.blas = CublasLt.open(gpu.device());
    this.nvml = Nvml.open();
    this.weights = new WeightLoading(gpu);
    this.choices =
        KernelChoices.open(
            MeasuredFile.folder(),
            gpu.device().name(),
            gpu.device().computeCapability().toString(),
            blas.version(),
            gpu.kernels(),
            gpu.type().suffix());
    this.tuning = new GemmTuning(gpu, blas);
    this.dense = new DenseKernels(gpu);
    Gemms gemms = new Gemms(gpu, blas);
    DecodeProducts decode = new DecodeProducts(gpu);
    this.decodeTuning = new DecodeTuning(gpu, decode, gemms, dense, choices);
    PrefillProducts prefill = new PrefillProducts(gpu);
    this.prefillTuning = new PrefillTuning(gpu, prefill, gemms, dense, choices);
    DecodeLayerProducts layerProducts = new DecodeLayerProducts(gpu, config.numLayers());
    DecodeLayer layer = new DecodeLayer(layerProducts);
    this.products =
        new MatrixProducts(
            gpu, settings.maxTokens(), dense, new GemvKernels(gpu), decode, layer, prefill, gemms);
    this.layerTuning = new DecodeLayerTuning(gpu, layerProducts, layer, products, choices);
    this.buckets = new DecodeBuckets(settings.maxSequences());
    this.graphs = new DecodeGraphs(gpu);
    this.rotation = new Rotation(gpu, settings.maxTokens(), config.rope().rotaryDim() / 2);
    AttentionKernels kernels =
        new AttentionKernels(
            config.numHeads(),
            config.numKvHeads(),
            config.headDim(),
            gpu.device().smCount(),
            gpu.device().computeCapability().equals(HOPPER));
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
    this.reader = new RowReader(gpu);
  }

  @Override
  public String description() {
    return "CUDA, %s, %s".formatted(gpu.device().name(), gpu.type().suffix());
  }

  // ---- memory

  @Override
  public int kvElementBytes() {
    return ElementType.BYTES;
  }

  @Override
  public Optional<CacheRoom> kvCacheRoom() {
    return gpu.guarded(
        () -> {
          gpu.stream().synchronize();
          CacheBudget budget =
              new CacheBudget(
                  gpu.device().totalBytes(),
                  gpu.device().freeBytes(),
                  gpu.usedBytes(),
                  CacheBudget.reserve(buckets.sizes().length - graphs.count()),
                  settings.memoryUtilization());
          return Optional.of(new CacheRoom(budget.bytes(), budget.explain()));
        });
  }

  @Override
  public DeviceBuffer allocate(int rows, int columns) {
    return gpu.guarded(() -> CudaBuffer.zeroed(gpu, rows, columns, ElementType.BYTES));
  }

  @Override
  public DeviceBuffer allocateLogits(int rows, int columns) {
    return gpu.guarded(() -> CudaBuffer.logits(gpu, rows, columns));
  }

  @Override
  public ResidualStream allocateResidual(int rows, int columns) {
    return gpu.guarded(() -> new CudaResidual(gpu, rows, columns));
  }

  @Override
  public Matrix loadMatrix(List<TensorView> parts, List<TensorView> biases) {
    return gpu.guarded(
        () -> {
          CudaMatrix matrix = weights.matrix(parts, biases);
          boolean vocabulary =
              matrix.outputs() == config.vocabSize() && matrix.inputs() == config.hiddenSize();
          tuning.add(matrix, MatrixUse.of(parts.size(), vocabulary));
          return matrix;
        });
  }

  @Override
  public DeviceBuffer loadVector(TensorView vector) {
    return gpu.guarded(() -> weights.vector(vector));
  }

  @Override
  public void finishLoading() {
    gpu.guarded(weights::finish);
  }

  @Override
  public KvCache allocateKvCache(KvCacheSpec spec) {
    return gpu.guarded(() -> new CudaKvCache(spec, gpu));
  }

  @Override
  public SwapSpace allocateSwapSpace(KvCache cache, int slots) {
    return gpu.guarded(
        () -> {
          swap = Optional.of(CudaSwapSpace.allocate(gpu, (CudaKvCache) cache, slots));
          return swap.<SwapSpace>map(space -> space).orElse(SwapSpace.NONE);
        });
  }

  @Override
  public boolean rotatesInterleaved() {
    return false;
  }

  // ---- preparation

  @Override
  public void tune(Progress progress) {
    gpu.guarded(
        () -> {
          weights.close(); // its threads and staging memory are not needed any more
          boolean complete = tuning.run(settings.maxTokens(), settings.maxSequences(), progress);
          tuning.choose(decodeTuning, settings.maxTokens());
          tuning.choose(prefillTuning, settings.maxTokens());
          layerTuning.choose(
              tuning.layers(config.queryWidth(), config.intermediateSize()),
              config.hiddenSize(),
              settings.maxTokens());
          if (complete) { // else some were measured against what may yet get faster
            choices.save();
          }
        });
  }

  @Override
  public int[] recordedSizes() {
    return buckets.common();
  }

  // ---- one step

  @Override
  public void step(BatchLayout batch, Rope rope, Runnable forward) {
    gpu.guarded(
        () -> {
          if (PaddedDecode.fits(batch, buckets.largest())) {
            int size = buckets.sizeFor(batch.numSequences());
            begin(inputs.recordable(PaddedDecode.of(batch, size), rope));
            graphs.run(size, () -> compute(rope, forward));
          } else {
            begin(inputs.exact(batch, rope));
            compute(rope, forward);
          }
        });
  }

  /** Uploads the step's metadata; graphs that know another place for it are dropped. */
  private void begin(StepInputs.Prepared prepared) {
    if (inputs.reserve(prepared)) {
      graphs.clear();
    }
    step = inputs.upload(prepared);
    plan = prepared.attention();
    attention.begin(plan);
    sampler.begin(step);
    // Behind the clock's mark: what this waits for is not the host.
    swap.ifPresent(CudaSwapSpace::beginStep);
  }

  private void compute(Rope rope, Runnable forward) {
    products.begin(step.tokens());
    rotation.compute(step, rope.attentionFactor());
    forward.run();
  }

  @Override
  public void embed(Matrix table, ResidualStream out) {
    CudaResidual residual = (CudaResidual) out;
    residual.restart();
    dense.embed(
        residual.sum(),
        ((CudaMatrix) table).address(),
        step.tokenIds(),
        sampler.sampledIds(),
        sampler.inputIds(),
        step.tokens(),
        residual.columns());
  }

  @Override
  public void normLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix matrix, DeviceBuffer out) {
    products.normLinear(
        (CudaResidual) x, address(gain), eps, (CudaMatrix) matrix, address(out), step.tokens());
  }

  @Override
  public void attend(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer,
      DeviceBuffer out) {
    attention.attend(step, operands(qkv, qGain, kGain, eps, cache, layer, out), spec);
  }

  @Override
  public void attendLast(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      AttentionSpec spec,
      KvCache cache,
      int layer,
      DeviceBuffer out,
      ResidualStream residual) {
    CudaAttention.Operands operands = operands(qkv, qGain, kGain, eps, cache, layer, out);
    if (step.logitRows() == 0) {
      attention.fillCache(step, operands);
    } else if (plan.keepsLogitRows()) {
      attention.attendLast(step, operands, spec, lastRows, (CudaResidual) residual);
      step = step.ofLogitRows();
    } else {
      attention.attend(step, operands, spec);
    }
  }

  private static CudaAttention.Operands operands(
      DeviceBuffer qkv,
      DeviceBuffer qGain,
      DeviceBuffer kGain,
      float eps,
      KvCache cache,
      int layer,
      DeviceBuffer out) {
    return new CudaAttention.Operands(
        (CudaBuffer) qkv,
        qGain == null ? 0 : address(qGain),
        kGain == null ? 0 : address(kGain),
        eps,
        ((CudaKvCache) cache).address(layer),
        address(out));
  }

  @Override
  public void linearAdd(Matrix matrix, DeviceBuffer x, ResidualStream residual) {
    products.linearAdd((CudaMatrix) matrix, (CudaBuffer) x, (CudaResidual) residual, step.tokens());
  }

  @Override
  public void normGatedLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix gateUp, DeviceBuffer out) {
    products.normGatedLinear(
        (CudaResidual) x, address(gain), eps, (CudaMatrix) gateUp, (CudaBuffer) out, step.tokens());
  }

  @Override
  public void normLogits(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix head, DeviceBuffer out) {
    products.normLogits(
        (CudaResidual) x,
        plan.keepsLogitRows() ? lastRows.identity() : step.logitRowsAddress(),
        address(gain),
        eps,
        (CudaMatrix) head,
        address(out),
        step.logitRows());
  }

  // ---- results

  @Override
  public Optional<DeviceSampler> deviceSampler() {
    return Optional.of(sampler);
  }

  @Override
  public void readRow(DeviceBuffer buffer, int row, float[] destination) {
    gpu.guarded(() -> reader.read((CudaBuffer) buffer, row, destination));
  }

  @Override
  public Optional<DeviceFigures> figures() {
    return nvml.sample(gpu.device())
        .map(
            sample ->
                new DeviceFigures(
                    sample.memoryUsed(),
                    sample.memoryTotal(),
                    sample.utilizationPercent(),
                    sample.powerWatts(),
                    clock.waitedNanos(),
                    clock.computedNanos()))
        .or(
            () ->
                Optional.of(
                    new DeviceFigures(-1, -1, -1, -1, clock.waitedNanos(), clock.computedNanos())));
  }

  /** The host has nothing to compute here but in tests, so it does it by itself. */
  @Override
  public void parallel(int count, IntConsumer task) {
    for (int i = 0; i < count; i++) {
      task.accept(i);
    }
  }

  /** Waits for what is under way, then frees everything; a lost device is left as it is. */
  @Override
  public void close() {
    if (gpu.device().isUsable()) {
      try {
        gpu.guarded(() -> gpu.stream().synchronize());
        gpu.guarded(() -> swap.ifPresent(CudaSwapSpace::synchronize));
        weights.close();
      } catch (RuntimeException e) {
        log.warn("closing {}: {}", gpu.device().name(), e.getMessage());
      }
    }
    nvml.close();
    blas.close();
    gpu.close();
  }

  private static long address(DeviceBuffer buffer) {
    return ((CudaBuffer) buffer).address();
  }
}
