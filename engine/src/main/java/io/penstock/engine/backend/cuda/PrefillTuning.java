package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.PrefillProducts.Way;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets our own gated product for prompts compete with cuBLASLt and the kernel for the gate at load,
 * on the model's weights. What was measured once is known afterwards. To be called when cuBLASLt's
 * algorithms are measured.
 */
final class PrefillTuning {
  private static final Logger log = LoggerFactory.getLogger(PrefillTuning.class);

  /** What ours must save. */
  private static final float MARGIN = 0.99f;

  private static final int REPEATS = 2;

  /** Tokens of a replay, over all its products: about a millisecond. */
  private static final int TOKENS_OF_REPLAY = 2048;

  private static final int MOST_RUNS = 8;

  /** Up to here, where servers live, every bucket is measured. */
  private static final int DENSE = 2048;

  private final Gpu gpu;
  private final PrefillProducts prefill;
  private final Gemms gemms;
  private final DenseKernels dense;
  private final KernelChoices choices;
  private final ProductTimer timer;

  PrefillTuning(
      Gpu gpu, PrefillProducts prefill, Gemms gemms, DenseKernels dense, KernelChoices choices) {
    this.gpu = gpu;
    this.prefill = prefill;
    this.gemms = gemms;
    this.dense = dense;
    this.choices = choices;
    this.timer = new ProductTimer(gpu, REPEATS);
  }

  /**
   * @param same matrices of one shape and use, at least one
   * @param maxTokens most tokens of a step
   */
  void choose(MatrixUse use, List<CudaMatrix> same, int maxTokens) {
    if (use != MatrixUse.GATED) {
      return;
    }
    CudaMatrix first = same.getFirst();
    int[] counts =
        Arrays.stream(counts(maxTokens))
            .filter(tokens -> prefill.plan(first, tokens, Way.ONE_SIZE).isPresent())
            .filter(tokens -> !known(first, tokens))
            .toArray();
    if (counts.length == 0) {
      return;
    }
    int rows = counts[counts.length - 1];
    try (DeviceMemory input = memory((long) rows * first.k() * ElementType.BYTES);
        DeviceMemory product = memory((long) rows * first.rows() * ElementType.BYTES);
        DeviceMemory out = memory((long) rows * first.rows() / 2 * ElementType.BYTES)) {
      // Numbers as they come in use: zeros draw less power and run faster.
      long random = first.weights().bytes();
      for (long at = 0; at < input.bytes(); at += random) {
        long part = Math.min(random, input.bytes() - at);
        Copies.deviceToDevice(input.address() + at, first.address(), part, gpu.stream());
      }
      CudaBuffer x = new CudaBuffer(input, rows, first.k(), first.k(), ElementType.BYTES);
      int outputs = first.rows() / 2;
      CudaBuffer gated = new CudaBuffer(out, rows, outputs, outputs, ElementType.BYTES);
      for (int tokens : counts) {
        compare(same, x, product.address(), gated, tokens);
      }
      gpu.stream().synchronize();
    } finally {
      prefill.forgetBuffers();
    }
  }

  /**
   * One tile more or less is a round more or less of all multiprocessors, so ours is far ahead at
   * some counts and behind at others between the few for which cuBLASLt is tuned.
   */
  static int[] counts(int maxTokens) {
    return IntStream.concat(
            Arrays.stream(TokenBuckets.upTo(Math.min(maxTokens, DENSE))),
            Arrays.stream(GemmTuning.counts(maxTokens)))
        .filter(count -> count >= PrefillGemmPlan.LEAST_TOKENS)
        .sorted()
        .distinct()
        .toArray();
  }

  /** Whether an earlier start has measured it; then its choice holds. */
  private boolean known(CudaMatrix matrix, int tokens) {
    Optional<Way> way = choices.find(product(matrix, tokens), Way.class);
    way.ifPresent(known -> prefill.choose(matrix, tokens, known));
    return way.isPresent();
  }

  private static String product(CudaMatrix matrix, int tokens) {
    return "prefill GATED %dx%d, %d tokens".formatted(matrix.rows(), matrix.k(), tokens);
  }

  /** Not counted as what the backend uses: it is free again when the cache is allocated. */
  private DeviceMemory memory(long bytes) {
    return DeviceMemory.allocate(gpu.device(), bytes);
  }

  private void compare(
      List<CudaMatrix> same, CudaBuffer x, long product, CudaBuffer out, int tokens) {
    int runs = Math.clamp(TOKENS_OF_REPLAY / tokens, 1, MOST_RUNS);
    CudaMatrix first = same.getFirst();
    float library =
        timer.micros(
            runs,
            i -> {
              gemms.linear(same.get(i % same.size()), x.address(), product, tokens);
              dense.swiglu(out.address(), product, tokens, first.rows() / 2);
            });
    float oneSize = micros(same, x, out, tokens, runs, Way.ONE_SIZE);
    float twoSizes = micros(same, x, out, tokens, runs, Way.TWO_SIZES);
    Way ours = twoSizes < oneSize ? Way.TWO_SIZES : Way.ONE_SIZE;
    Way way = Math.min(oneSize, twoSizes) < MARGIN * library ? ours : Way.LIBRARY;
    choices.put(product(first, tokens), way);
    prefill.choose(first, tokens, way);
    log.debug(
        "gated {}x{}, {} tokens: {} us with tiles of one size, {} of two, cuBLASLt and gate {} us",
        first.rows(),
        first.k(),
        tokens,
        oneSize,
        twoSizes,
        library);
  }

  /** Infinite where there is no such way. */
  private float micros(
      List<CudaMatrix> same, CudaBuffer x, CudaBuffer out, int tokens, int runs, Way way) {
    return prefill
        .plan(same.getFirst(), tokens, way)
        .map(
            plan ->
                timer.micros(
                    runs, i -> prefill.launch(plan, same.get(i % same.size()), x, out, tokens)))
        .orElse(Float.POSITIVE_INFINITY);
  }
}
