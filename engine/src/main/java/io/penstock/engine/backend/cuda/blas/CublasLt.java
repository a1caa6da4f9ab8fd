package io.penstock.engine.backend.cuda.blas;

import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.measured.MeasuredFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * cuBLASLt on one device: plans products and keeps their plans. For one thread and one stream,
 * because all products share a workspace; what runs beside it in another has one of its own.
 */
public final class CublasLt implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CublasLt.class);

  /** What NVIDIA advises for Hopper, twice: long sums over few outputs are split many times. */
  private static final long WORKSPACE_BYTES = 64L << 20;

  private static final int OLDEST_VERSION = 120_000;
  private static final int CANDIDATES = 16;

  /** What the engine promises of its addresses; rows are multiples of it too. */
  private static final int ALIGNMENT_BYTES = 16;

  private final CudaDevice device;
  private final LtCalls calls;
  private final long version;
  private final long handle;
  private final long preference;
  private final DeviceMemory ownWorkspace;
  private DeviceMemory workspace; // of the products that are queued now
  private final AlgorithmCache cache;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scalars = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f, 0f);
  private final Map<GemmShape, Gemm> plans = new HashMap<>();
  private boolean closed;

  private CublasLt(CudaDevice device, CublasLibrary library, Path cacheFolder) {
    this.device = device;
    this.calls = new LtCalls(library.symbols());
    this.version = calls.version();
    if (version < OLDEST_VERSION) {
      throw new CudaUnavailableException(
          "cuBLASLt is too old: %s is version %s, 12.0 is needed"
              .formatted(library.origin(), versionText(version)));
    }
    this.cache =
        AlgorithmCache.open(
            cacheFolder,
            new AlgorithmCache.Identity(
                device.name(), device.computeCapability().toString(), version));
    MemorySegment cell = arena.allocate(8, 8);
    calls.create(cell);
    this.handle = cell.get(ValueLayout.JAVA_LONG, 0);
    this.preference = newPreference(cell);
    this.ownWorkspace = DeviceMemory.allocate(device, WORKSPACE_BYTES);
    this.workspace = ownWorkspace;
    log.info(
        "cuBLASLt {} from {}, {} measured algorithms known",
        versionText(version),
        library.origin(),
        cache.size());
  }

  /**
   * @throws CudaUnavailableException when there is no cuBLASLt that this driver can run
   */
  public static CublasLt open(CudaDevice device) {
    return open(device, MeasuredFile.folder());
  }

  /**
   * @param cacheFolder where measured algorithms are kept
   */
  public static CublasLt open(CudaDevice device, Path cacheFolder) {
    device.makeCurrent();
    return new CublasLt(device, CublasLibrary.find(device.driverVersion().major()), cacheFolder);
  }

  /** 130100 is 13.1.0. */
  static String versionText(long version) {
    return "%d.%d.%d".formatted(version / 10_000, version / 100 % 100, version % 100);
  }

  public String version() {
    return versionText(version);
  }

  /**
   * The plan for out (tokens, rows) = x (tokens, k) times w (rows, k) transposed, made at the first
   * call and kept. Its algorithm is the measured one of this shape, or that of a slightly larger
   * number of tokens, or the library's first choice.
   *
   * @param rows outputs of one token, a multiple of 8
   * @param k inputs of one token, a multiple of 8
   * @param bias whether a vector is added
   * @throws io.penstock.engine.backend.cuda.driver.CudaException when cuBLASLt has no algorithm
   */
  public Gemm gemm(int rows, int k, int tokens, GemmType type, boolean bias) {
    GemmShape shape = new GemmShape(rows, k, tokens, type, bias);
    Gemm known = plans.get(shape);
    if (known == null) {
      known = plan(shape);
      plans.put(shape, known);
    }
    return known;
  }

  /** Writes measured algorithms to disk; to be called when a round of tuning is over. */
  public void saveAlgorithms() {
    cache.save();
  }

  private Gemm plan(GemmShape shape) {
    GemmLayouts layouts = GemmLayouts.create(calls, shape);
    Gemm gemm = new Gemm(this, shape, layouts, arena);
    Optional<Algorithm> measured = usable(shape, layouts);
    if (measured.isPresent()) {
      gemm.use(measured.get(), true);
      return gemm;
    }
    Algorithm chosen = ofNeighbour(shape, layouts);
    if (chosen == null) {
      chosen = candidates(shape, layouts).getFirst();
    }
    gemm.use(chosen, false);
    return gemm;
  }

  /** The measured algorithm, unless the library refuses it. */
  private Optional<Algorithm> usable(GemmShape shape, GemmLayouts layouts) {
    Optional<Algorithm> stored = cache.find(shape);
    if (stored.isPresent() && !runs(stored.get(), layouts)) {
      log.warn("{}: the stored algorithm is not valid any more", shape.key());
      cache.remove(shape);
      return Optional.empty();
    }
    return stored;
  }

  /** Chunks of prompts come in all lengths: those of the nearest measured one above do as well. */
  private Algorithm ofNeighbour(GemmShape shape, GemmLayouts layouts) {
    int above = roundUp(shape.tokens());
    return cache
        .find(shape.withTokens(above))
        .filter(algorithm -> runs(algorithm, layouts))
        .orElse(null);
  }

  /** To a power of two or one and a half times one: at most a third more. */
  static int roundUp(int tokens) {
    int power = Integer.highestOneBit(tokens);
    if (power == tokens) {
      return tokens;
    }
    int middle = power + power / 2;
    return tokens <= middle ? middle : 2 * power;
  }

  private boolean runs(Algorithm algorithm, GemmLayouts layouts) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment bytes = local.allocate(Algorithm.BYTES, 8);
      MemorySegment result = local.allocate(LtConstants.RESULT_BYTES, 8);
      algorithm.write(bytes);
      return calls.algorithmCheck(handle, layouts, bytes, result) == LtConstants.SUCCESS
          && result.get(ValueLayout.JAVA_LONG, LtConstants.RESULT_WORKSPACE) <= WORKSPACE_BYTES;
    }
  }

  /** The library's candidates, the likeliest first; at least one. */
  List<Algorithm> candidates(GemmShape shape, GemmLayouts layouts) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment results = local.allocate((long) CANDIDATES * LtConstants.RESULT_BYTES, 8);
      MemorySegment returned = local.allocate(ValueLayout.JAVA_INT);
      int status = calls.heuristic(handle, layouts, preference, CANDIDATES, results, returned);
      List<Algorithm> found = new ArrayList<>();
      for (int i = 0; i < returned.get(ValueLayout.JAVA_INT, 0); i++) {
        long at = (long) i * LtConstants.RESULT_BYTES;
        if (results.get(ValueLayout.JAVA_INT, at + LtConstants.RESULT_STATE)
            == LtConstants.SUCCESS) {
          found.add(Algorithm.read(results, at));
        }
      }
      if (found.isEmpty()) {
        throw LtCalls.failure(
            status == LtConstants.SUCCESS ? LtConstants.NOT_SUPPORTED : status,
            "cublasLtMatmulAlgoGetHeuristic " + shape.key());
      }
      return found;
    }
  }

  private long newPreference(MemorySegment cell) {
    calls.preferenceCreate(cell);
    long created = cell.get(ValueLayout.JAVA_LONG, 0);
    cell.set(ValueLayout.JAVA_LONG, 0, WORKSPACE_BYTES);
    calls.preferenceSet(created, LtConstants.PREFERENCE_MAX_WORKSPACE_BYTES, cell, Long.BYTES);
    cell.set(ValueLayout.JAVA_INT, 0, LtConstants.REDUCTION_IN_COMPUTE_TYPE);
    calls.preferenceSet(created, LtConstants.PREFERENCE_REDUCTION_SCHEMES, cell, Integer.BYTES);
    cell.set(ValueLayout.JAVA_INT, 0, ALIGNMENT_BYTES);
    for (int attribute = LtConstants.PREFERENCE_MIN_ALIGNMENT_A;
        attribute <= LtConstants.PREFERENCE_MIN_ALIGNMENT_D;
        attribute++) {
      calls.preferenceSet(created, attribute, cell, Integer.BYTES);
    }
    return created;
  }

  LtCalls calls() {
    return calls;
  }

  long handle() {
    return handle;
  }

  /** Address of alpha. */
  long one() {
    return scalars.address();
  }

  /** Address of beta. */
  long zero() {
    return scalars.address() + Float.BYTES;
  }

  long workspaceAddress() {
    return workspace.address();
  }

  /** What {@link #inWorkspace} needs. */
  public long workspaceBytes() {
    return WORKSPACE_BYTES;
  }

  /** The products that {@code work} queues, in another stream, have another workspace. */
  public void inWorkspace(DeviceMemory other, Runnable work) {
    DeviceMemory before = workspace;
    workspace = other;
    try {
      work.run();
    } finally {
      workspace = before;
    }
  }

  void remember(GemmShape shape, Algorithm algorithm) {
    cache.put(shape, algorithm);
  }

  CudaEvent newEvent() {
    return CudaEvent.create(device);
  }

  /** Gives everything back; graphs that captured a product must not be launched any more. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (device.isUsable()) {
      device.makeCurrent();
      plans.values().forEach(gemm -> gemm.layouts().destroy(calls));
      calls.preferenceDestroy(preference);
      calls.destroy(handle);
    }
    ownWorkspace.close();
    arena.close();
  }
}
