package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets our own decode products compete with cuBLASLt at load, on the model's weights: each runs
 * over one layer's matrix after another in a graph, as in a decode step, and cuBLASLt with the
 * kernel for the gate that ours makes unnecessary. What was measured once is known afterwards. To
 * be called when cuBLASLt's algorithms are measured and before a step is recorded.
 */
final class DecodeTuning {
  private static final Logger log = LoggerFactory.getLogger(DecodeTuning.class);

  /**
   * What ours must save alone: beside cuBLASLt's kernels, which nothing overlaps, a product that is
   * only as fast loses (measured at 32 tokens, down projection: 45.2 us against 45.7 alone, and a
   * tenth slower in a step).
   */
  private static final float MARGIN = 0.96f;

  /**
   * With wide tiles a product that is only as fast alone wins in a step of 128 tokens: its weights
   * are under way while the kernel ahead ends (down projection: 44.3 us against 45.0 alone, and 2.7
   * us less in a layer; output projection: 15.5 against 15.3, and 1.5 less).
   */
  private static final float WIDE_MARGIN = 1.03f;

  private static final int RUNS = 16;
  private static final int REPEATS = 3;

  private final Gpu gpu;
  private final DecodeProducts decode;
  private final Gemms gemms;
  private final DenseKernels dense;
  private final KernelChoices choices;
  private final ProductTimer timer;

  enum Way {
    LIBRARY,
    NARROW,
    WIDE
  }

  DecodeTuning(
      Gpu gpu, DecodeProducts decode, Gemms gemms, DenseKernels dense, KernelChoices choices) {
    this.gpu = gpu;
    this.decode = decode;
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
    CudaMatrix first = same.getFirst();
    int most = Math.min(DecodeGemmPlan.MAX_TOKENS, maxTokens);
    if (use == MatrixUse.LOGITS
        || !decode.exists(DecodeProducts.Way.NARROW, operation(use), first, most)) {
      return;
    }
    int[] counts =
        Arrays.stream(TokenBuckets.upTo(most))
            .filter(tokens -> !GemvKernels.covers(first.rows(), first.k(), tokens))
            .filter(tokens -> !known(use, first, tokens))
            .toArray();
    if (counts.length == 0) {
      return;
    }
    int rows = Math.max(TokenBuckets.of(most), DecodeGemmPlan.MAX_TOKENS);
    try (DeviceMemory input = gpu.allocate((long) rows * first.k() * ElementType.BYTES);
        DeviceMemory product = gpu.allocateZeroed((long) rows * first.rows() * Float.BYTES);
        DeviceMemory out = gpu.allocateZeroed((long) rows * first.rows() * Float.BYTES)) {
      // Numbers as they come in use: zeros draw less power and run faster.
      long random = first.weights().bytes();
      for (long at = 0; at < input.bytes(); at += random) {
        long part = Math.min(random, input.bytes() - at);
        Copies.deviceToDevice(input.address() + at, first.address(), part, gpu.stream());
      }
      CudaBuffer x = new CudaBuffer(input, rows, first.k(), first.k(), ElementType.BYTES);
      for (int tokens : counts) {
        compare(use, same, x, product.address(), out.address(), tokens);
      }
      gpu.stream().synchronize();
    } finally {
      decode.forgetInputs();
    }
  }

  /** Whether an earlier start has measured it; then its choice holds. */
  private boolean known(MatrixUse use, CudaMatrix matrix, int tokens) {
    Optional<Way> way = choices.find(product(use, matrix, tokens), Way.class);
    way.ifPresent(known -> choose(known, use, matrix, tokens));
    return way.isPresent();
  }

  private void choose(Way way, MatrixUse use, CudaMatrix matrix, int tokens) {
    switch (way) {
      case LIBRARY -> {}
      case NARROW -> decode.choose(DecodeProducts.Way.NARROW, operation(use), matrix, tokens);
      case WIDE -> decode.choose(DecodeProducts.Way.WIDE, operation(use), matrix, tokens);
    }
  }

  private static String product(MatrixUse use, CudaMatrix matrix, int tokens) {
    String bias = matrix.bias() == null ? "" : " with bias";
    return "decode %s%s %dx%d, %d tokens".formatted(use, bias, matrix.rows(), matrix.k(), tokens);
  }

  private void compare(
      MatrixUse use, List<CudaMatrix> same, CudaBuffer x, long product, long out, int tokens) {
    Operation operation = operation(use);
    float library =
        timer.micros(
            RUNS,
            i -> byLibrary(use, same.get(i % same.size()), x.address(), product, out, tokens));
    float narrow = micros(DecodeProducts.Way.NARROW, operation, same, x, out, tokens);
    float wide = micros(DecodeProducts.Way.WIDE, operation, same, x, out, tokens);
    Way way = fastest(library, narrow, wide);
    choices.put(product(use, same.getFirst(), tokens), way);
    choose(way, use, same.getFirst(), tokens);
    log.debug(
        "{} {}x{}, {} tokens: narrow {} us, wide {} us, cuBLASLt {} us: {}",
        operation,
        same.getFirst().rows(),
        same.getFirst().k(),
        tokens,
        narrow,
        wide,
        library,
        way);
  }

  static Way fastest(float library, float narrow, float wide) {
    if (wide <= WIDE_MARGIN * library && wide <= narrow) {
      return Way.WIDE;
    }
    return narrow < MARGIN * library ? Way.NARROW : Way.LIBRARY;
  }

  /** Infinite where there is no such way. */
  private float micros(
      DecodeProducts.Way way,
      Operation operation,
      List<CudaMatrix> same,
      CudaBuffer x,
      long out,
      int tokens) {
    if (!decode.exists(way, operation, same.getFirst(), tokens)) {
      return Float.POSITIVE_INFINITY;
    }
    return timer.micros(
        RUNS, i -> decode.launch(way, operation, same.get(i % same.size()), x, out, tokens));
  }

  private void byLibrary(
      MatrixUse use, CudaMatrix matrix, long x, long product, long out, int tokens) {
    switch (use) {
      case ADD -> {
        if (matrix.bias() == null) {
          gemms.linearAdd(matrix, x, out, tokens);
        } else {
          gemms.linear(matrix, x, out, tokens);
        }
      }
      case GATED -> {
        gemms.linear(matrix, x, product, tokens);
        dense.swiglu(out, product, tokens, matrix.rows() / 2);
      }
      case PLAIN, LOGITS -> gemms.linear(matrix, x, out, tokens);
    }
  }

  private static Operation operation(MatrixUse use) {
    return switch (use) {
      case ADD -> Operation.ADD;
      case GATED -> Operation.SWIGLU;
      case PLAIN, LOGITS -> Operation.STORE;
    };
  }
}
