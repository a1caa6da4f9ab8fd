package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.Progress;
import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.blas.Gemm;
import io.penstock.engine.backend.cuda.blas.GemmType;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures at load which of cuBLASLt's algorithms suits each shape of a model's matrices, for the
 * token counts of {@link #counts}; the counts between take the algorithm of the next larger one.
 * What was measured is on disk afterwards, so that only the first start with a model on a kind of
 * GPU takes the time, which is bounded.
 */
final class GemmTuning {
  private static final Logger log = LoggerFactory.getLogger(GemmTuning.class);
  private static final Duration BUDGET = Duration.ofSeconds(8);
  private static final Duration BUDGET_OF_ONE = Duration.ofMillis(150);

  private final Gpu gpu;
  private final CublasLt blas;
  private final Map<Shape, List<CudaMatrix>> matrices = new LinkedHashMap<>();

  private record Shape(int rows, int k, boolean bias, MatrixUse use) {
    boolean logits() {
      return use == MatrixUse.LOGITS;
    }
  }

  private record Candidate(Gemm gemm, Shape shape) {}

  GemmTuning(Gpu gpu, CublasLt blas) {
    this.gpu = gpu;
    this.blas = blas;
  }

  void add(CudaMatrix matrix, MatrixUse use) {
    Shape shape =
        use == MatrixUse.LOGITS
            ? new Shape(matrix.outputs(), matrix.k(), false, use)
            : new Shape(matrix.rows(), matrix.k(), matrix.bias() != null, use);
    matrices.computeIfAbsent(shape, _ -> new ArrayList<>()).add(matrix);
  }

  /**
   * Powers of two and the middles between them that are buckets, up to the bucket of the most; and
   * where most steps of a busy server lie, every 128 up to 2,048: with the algorithm for 1,536 a
   * step of 1,120 tokens took a third longer than with its own.
   */
  static int[] counts(int most) {
    int last = TokenBuckets.of(most);
    return Stream.of(
            IntStream.iterate(1, power -> power < last, power -> 2 * power)
                .flatMap(power -> IntStream.of(power, power + power / 2))
                .toArray(),
            IntStream.iterate(128, count -> count <= 2048, count -> count + 128).toArray(),
            new int[] {last})
        .flatMapToInt(Arrays::stream)
        .filter(count -> count <= last && TokenBuckets.of(count) == count)
        .distinct()
        .sorted()
        .toArray();
  }

  /**
   * @param maxTokens most tokens of a step
   * @param maxLogitRows most rows of logits of a step
   * @return whether all products are measured now
   */
  boolean run(int maxTokens, int maxLogitRows, Progress progress) {
    List<Candidate> open = open(maxTokens, maxLogitRows);
    if (open.isEmpty()) {
      return true;
    }
    long begin = System.nanoTime();
    int done = 0;
    try (DeviceMemory x = inputs(open);
        DeviceMemory out = outputs(open)) {
      for (Candidate candidate : open) {
        progress.at(done, open.size());
        if (System.nanoTime() - begin > BUDGET.toNanos()) {
          break;
        }
        tune(candidate, x.address(), out.address());
        done++;
      }
      gpu.stream().synchronize();
    }
    blas.saveAlgorithms();
    progress.at(open.size(), open.size());
    log.info(
        "measured {} of {} matrix products in {} ms",
        done,
        open.size(),
        (System.nanoTime() - begin) / 1_000_000);
    return done == open.size();
  }

  /** Lets our own decode products compete with what has been measured. */
  void choose(DecodeTuning decode, int maxTokens) {
    matrices.forEach((shape, same) -> decode.choose(shape.use(), same, maxTokens));
  }

  /** The same for our own product for prompts. */
  void choose(PrefillTuning prefill, int maxTokens) {
    matrices.forEach((shape, same) -> prefill.choose(shape.use(), same, maxTokens));
  }

  /**
   * The matrices of each layer, in the layers' order; empty for a model whose layers are not all of
   * the same four shapes.
   *
   * @param attended columns of what attention gives
   * @param ffn columns of what down takes
   */
  List<DecodeLayerTuning.Matrices> layers(int attended, int ffn) {
    List<CudaMatrix> qkv = only(MatrixUse.PLAIN, 0);
    List<CudaMatrix> gateUp = only(MatrixUse.GATED, 0);
    List<CudaMatrix> o = only(MatrixUse.ADD, CudaBuffer.padded(attended));
    List<CudaMatrix> down = only(MatrixUse.ADD, CudaBuffer.padded(ffn));
    int count = qkv.size();
    if (attended == ffn || gateUp.size() != count || o.size() != count || down.size() != count) {
      return List.of();
    }
    return IntStream.range(0, count)
        .mapToObj(
            i -> new DecodeLayerTuning.Matrices(qkv.get(i), o.get(i), gateUp.get(i), down.get(i)))
        .toList();
  }

  /** Matrices of the one shape of this use and, unless 0, this many columns; else none. */
  private List<CudaMatrix> only(MatrixUse use, int k) {
    List<List<CudaMatrix>> found =
        matrices.entrySet().stream()
            .filter(e -> e.getKey().use() == use && (k == 0 || e.getKey().k() == k))
            .map(Map.Entry::getValue)
            .toList();
    return found.size() == 1 ? found.getFirst() : List.of();
  }

  private void tune(Candidate candidate, long x, long out) {
    List<CudaMatrix> same = matrices.get(candidate.shape());
    long[] weights = same.stream().mapToLong(CudaMatrix::address).toArray();
    long bias = candidate.shape().bias() ? same.getFirst().biasAddress() : 0;
    candidate.gemm().tune(weights, x, out, bias, gpu.stream(), BUDGET_OF_ONE);
  }

  /** Products that nobody has measured yet, small batches first. */
  private List<Candidate> open(int maxTokens, int maxLogitRows) {
    List<Candidate> open = new ArrayList<>();
    for (int count : counts(maxTokens)) {
      for (Shape shape : matrices.keySet()) {
        boolean used =
            shape.logits()
                ? count <= TokenBuckets.of(maxLogitRows)
                : !GemvKernels.covers(shape.rows(), shape.k(), count);
        if (used) {
          Gemm gemm = blas.gemm(shape.rows(), shape.k(), count, type(shape), shape.bias());
          if (!gemm.tuned()) {
            open.add(new Candidate(gemm, shape));
          }
        }
      }
    }
    return open;
  }

  private GemmType type(Shape shape) {
    return switch (shape.use()) {
      case LOGITS -> gpu.type().logitsGemm();
      case ADD -> shape.bias() ? gpu.type().gemm() : gpu.type().residualGemm();
      case PLAIN, GATED -> gpu.type().gemm();
    };
  }

  /** Filled with weights: random-like numbers, as zeros would draw less power and run faster. */
  private DeviceMemory inputs(List<Candidate> open) {
    long bytes =
        open.stream()
            .mapToLong(c -> (long) c.gemm().tokens() * c.gemm().k() * ElementType.BYTES)
            .max()
            .orElseThrow();
    DeviceMemory x = DeviceMemory.allocate(gpu.device(), bytes);
    DeviceMemory source = matrices.values().iterator().next().getFirst().weights();
    for (long at = 0; at < bytes; at += source.bytes()) {
      long part = Math.min(source.bytes(), bytes - at);
      Copies.deviceToDevice(x.address() + at, source.address(), part, gpu.stream());
    }
    return x;
  }

  private DeviceMemory outputs(List<Candidate> open) {
    return DeviceMemory.allocate(
        gpu.device(),
        open.stream()
            .mapToLong(
                c -> (long) c.gemm().tokens() * c.gemm().rows() * c.gemm().type().outputBytes())
            .max()
            .orElseThrow());
  }
}
