package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets our own decode products compete with cuBLASLt at load, on the model's weights: each runs
 * over one layer's matrix after another in a graph, as in a decode step, and cuBLASLt with the
 * kernel for the gate that ours makes unnecessary. To be called when cuBLASLt's algorithms are
 * measured and before a step is recorded.
 */
final class DecodeTuning {
  private static final Logger log = LoggerFactory.getLogger(DecodeTuning.class);

  /**
   * What ours must save alone: beside cuBLASLt's kernels, which nothing overlaps, a product that is
   * only as fast loses (measured at 32 tokens, down projection: 45.2 us against 45.7 alone, and a
   * tenth slower in a step).
   */
  private static final float MARGIN = 0.96f;

  private static final int RUNS = 16;
  private static final int REPEATS = 3;

  private final Gpu gpu;
  private final DecodeProducts decode;
  private final Gemms gemms;
  private final DenseKernels dense;
  private final ProductTimer timer;

  DecodeTuning(Gpu gpu, DecodeProducts decode, Gemms gemms, DenseKernels dense) {
    this.gpu = gpu;
    this.decode = decode;
    this.gemms = gemms;
    this.dense = dense;
    this.timer = new ProductTimer(gpu, REPEATS);
  }

  /**
   * @param same matrices of one shape and use, at least one
   * @param maxTokens most tokens of a step
   */
  void choose(MatrixUse use, List<CudaMatrix> same, int maxTokens) {
    CudaMatrix first = same.getFirst();
    int most = Math.min(DecodeGemmPlan.MAX_TOKENS, maxTokens);
    if (use == MatrixUse.LOGITS || !decode.exists(operation(use), first, most)) {
      return;
    }
    int[] counts =
        Arrays.stream(TokenBuckets.upTo(most))
            .filter(tokens -> !GemvKernels.covers(first.rows(), first.k(), tokens))
            .toArray();
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

  private void compare(
      MatrixUse use, List<CudaMatrix> same, CudaBuffer x, long product, long out, int tokens) {
    Operation operation = operation(use);
    float library =
        timer.micros(
            RUNS,
            i -> byLibrary(use, same.get(i % same.size()), x.address(), product, out, tokens));
    float own =
        timer.micros(
            RUNS, i -> decode.launch(operation, same.get(i % same.size()), x, out, tokens));
    if (own < MARGIN * library) {
      decode.choose(operation, same.getFirst(), tokens);
    }
    log.debug(
        "{} {}x{}, {} tokens: {} us, cuBLASLt {} us",
        operation,
        same.getFirst().rows(),
        same.getFirst().k(),
        tokens,
        own,
        library);
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
