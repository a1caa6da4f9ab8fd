package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.CacheRoom;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceFigures;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.InterposedSteps;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.backend.Progress;
import io.penstock.engine.backend.ResidualStream;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.measured.MeasuredFile;
import io.penstock.engine.backend.cuda.nvml.Nvml;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.TensorView;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backend for one model on one NVIDIA GPU.
 *
 * <p><b>Notes.</b> Everything happens in one stream, in the order of the calls, so an operation
 * needs no other synchronization than its place; the host only waits for the GPU where it reads
 * results. This class hands operations to the {@link CudaLane} whose step is under way, and decode
 * steps to {@link DecodeGraphs}, which record them. Streams of their own have {@link
 * CudaSwapSpace}, beside steps that do not need what it copies, and {@link CudaInterposedSteps}.
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
  private final DecodeBuckets buckets;
  private final DecodeGraphs graphs;
  private final IntFunction<MatrixProducts> moreProducts; // for steps of so many tokens
  private final AttentionKernels kernels;
  private final DenseKernels dense;
  private final CudaLane main;
  private final RowReader reader;

  private Optional<CudaSwapSpace> swap = Optional.empty();
  private Optional<PausePoints> pausePoints = Optional.empty();
  private Optional<CudaInterposedSteps> interposed = Optional.empty();
  private CudaLane lane; // whose step is under way

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
    GemvKernels gemv = new GemvKernels(gpu);
    MatrixProducts products =
        new MatrixProducts(gpu, settings.maxTokens(), dense, gemv, decode, layer, prefill, gemms);
    // Steps of whole layers in one kernel share its scratch: only one lane has them.
    this.moreProducts =
        maxTokens ->
            new MatrixProducts(
                gpu,
                maxTokens,
                dense,
                gemv,
                decode,
                new DecodeLayer(layerProducts),
                prefill,
                gemms);
    this.layerTuning = new DecodeLayerTuning(gpu, layerProducts, layer, products, choices);
    this.buckets = new DecodeBuckets(settings.maxSequences());
    this.graphs = new DecodeGraphs(gpu);
    this.kernels =
        new AttentionKernels(
            config.numHeads(),
            config.numKvHeads(),
            config.headDim(),
            gpu.device().smCount(),
            gpu.device().computeCapability().equals(HOPPER));
    this.main = new CudaLane(gpu, config, settings, kernels, dense, products);
    this.lane = main;
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
          if (lane != main) {
            interposed.orElseThrow().begins(batch.numTokens());
            lane.begin(lane.exact(batch, rope));
            lane.compute(rope, forward);
          } else if (PaddedDecode.fits(batch, buckets.largest())) {
            int size = buckets.sizeFor(batch.numSequences());
            begin(lane.recordable(PaddedDecode.of(batch, size), rope), 0);
            graphs.run(size, () -> lane.compute(rope, forward));
          } else {
            begin(lane.exact(batch, rope), batch.numTokens());
            lane.compute(rope, forward);
          }
        });
  }

  /**
   * Uploads the step's metadata; graphs that know another place for it are dropped.
   *
   * @param pausingTokens its tokens, or 0 if it does not pause
   */
  private void begin(StepInputs.Prepared prepared, int pausingTokens) {
    if (lane.begin(prepared)) {
      graphs.clear();
    }
    // Behind the clock's mark: what this waits for is not the host.
    swap.ifPresent(CudaSwapSpace::beginStep);
    pausePoints.ifPresent(points -> points.begin(pausingTokens));
  }

  @Override
  public void embed(Matrix table, ResidualStream out) {
    lane.embed((CudaMatrix) table, (CudaResidual) out);
  }

  @Override
  public void normLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix matrix, DeviceBuffer out) {
    if (lane == main) {
      pausePoints.ifPresent(PausePoints::layer);
    }
    lane.normLinear((CudaResidual) x, address(gain), eps, (CudaMatrix) matrix, address(out));
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
    lane.attend(operands(qkv, qGain, kGain, eps, cache, layer, out), spec);
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
    lane.attendLast(
        operands(qkv, qGain, kGain, eps, cache, layer, out), spec, (CudaResidual) residual);
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
    lane.linearAdd((CudaMatrix) matrix, (CudaBuffer) x, (CudaResidual) residual);
  }

  @Override
  public void normGatedLinear(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix gateUp, DeviceBuffer out) {
    lane.normGatedLinear(
        (CudaResidual) x, address(gain), eps, (CudaMatrix) gateUp, (CudaBuffer) out);
  }

  @Override
  public void normLogits(
      ResidualStream x, DeviceBuffer gain, float eps, Matrix head, DeviceBuffer out) {
    lane.normLogits((CudaResidual) x, address(gain), eps, (CudaMatrix) head, address(out));
  }

  @Override
  public Optional<InterposedSteps> interposedSteps(int maxTokens, int maxSequences) {
    CudaSettings own = settings.with(maxSequences, maxTokens);
    return gpu.guarded(
        () -> {
          CudaStream stream = CudaStream.createUrgent(gpu.device());
          PausePoints points = new PausePoints(gpu);
          gpu.stream().synchronize(); // of memory that is zeroed in one stream and used in another
          CudaLane[] urgent = new CudaLane[1];
          gpu.inStream(
              stream,
              () ->
                  urgent[0] =
                      new CudaLane(
                          gpu, config, own, kernels, dense, moreProducts.apply(maxTokens)));
          pausePoints = Optional.of(points);
          interposed =
              Optional.of(
                  new CudaInterposedSteps(
                      gpu, blas, points, urgent[0], main, used -> lane = used, stream));
          return interposed.map(steps -> steps);
        });
  }

  // ---- results

  @Override
  public Optional<DeviceSampler> deviceSampler() {
    return Optional.of(main.sampler());
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
                    main.clock().waitedNanos(),
                    main.clock().computedNanos()))
        .or(
            () ->
                Optional.of(
                    new DeviceFigures(
                        -1, -1, -1, -1, main.clock().waitedNanos(), main.clock().computedNanos())));
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
