package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.SkinnyKernels.Shape;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out for which shapes and token counts our own matrix products are faster than cuBLASLt with
 * the kernels that it needs beside it. Both run in a graph over the matrices of several layers, as
 * in a decode step. It takes some milliseconds a shape, so nothing is kept on disk.
 */
final class SkinnyTuning {
  private static final Logger log = LoggerFactory.getLogger(SkinnyTuning.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LEAST_RUNS = 8;
  private static final int MOST_RUNS = 32;
  private static final int REPEATS = 3;

  private final Gpu gpu;
  private final SkinnyKernels skinny;
  private final Gemms gemms;
  private final DenseKernels dense;

  SkinnyTuning(Gpu gpu, SkinnyKernels skinny, Gemms gemms, DenseKernels dense) {
    this.gpu = gpu;
    this.skinny = skinny;
    this.gemms = gemms;
    this.dense = dense;
  }

  /**
   * Measures matrices of one shape for all token counts.
   *
   * @param matrices of equal shape and use
   * @param maxTokens most tokens of a step
   */
  void choose(MatrixUse use, List<CudaMatrix> matrices, int maxTokens) {
    CudaMatrix first = matrices.getFirst();
    int most = Math.min(SkinnyKernels.MOST_TOKENS, maxTokens);
    int[] counts =
        Arrays.stream(TokenBuckets.upTo(most))
            .filter(tokens -> tokens <= SkinnyKernels.MOST_TOKENS)
            .filter(tokens -> !GemvKernels.covers(first.rows(), first.k(), tokens))
            .filter(tokens -> skinny.exists(SkinnyKernels.shape(use, first, tokens)))
            .toArray();
    if (counts.length == 0) {
      return;
    }
    long rows = SkinnyKernels.MOST_TOKENS;
    try (DeviceMemory x = inputs(first, rows);
        DeviceMemory product = scratch(rows * first.rows() * ElementType.BYTES);
        DeviceMemory out = scratch(rows * first.rows() * Float.BYTES)) {
      for (int tokens : counts) {
        choose(use, matrices, tokens, x.address(), product.address(), out.address());
      }
      gpu.stream().synchronize();
    }
  }

  /** Filled with weights: random-like numbers, as zeros would draw less power and run faster. */
  private DeviceMemory inputs(CudaMatrix matrix, long rows) {
    long bytes = rows * matrix.k() * ElementType.BYTES;
    DeviceMemory x = scratch(bytes);
    x.zero(gpu.stream());
    Copies.deviceToDevice(
        x.address(), matrix.address(), Math.min(bytes, matrix.bytes()), gpu.stream());
    return x;
  }

  private DeviceMemory scratch(long bytes) {
    return DeviceMemory.allocate(gpu.device(), bytes);
  }

  private void choose(
      MatrixUse use, List<CudaMatrix> matrices, int tokens, long x, long product, long out) {
    Shape shape = SkinnyKernels.shape(use, matrices.getFirst(), tokens);
    int runs = Math.clamp(matrices.size(), LEAST_RUNS, MOST_RUNS);
    float own = micros(runs, i -> skinny.run(use, at(matrices, i), x, out, tokens));
    float library =
        micros(
            runs,
            i -> {
              gemms.linear(at(matrices, i), x, product, tokens);
              if (use == MatrixUse.GATED) {
                dense.swiglu(out, product, tokens, shape.outputs());
              }
            });
    log.debug("{}: {} us, cuBLASLt {} us", shape, own, library);
    if (own < library) {
      skinny.choose(shape);
    }
  }

  private static CudaMatrix at(List<CudaMatrix> matrices, int run) {
    return matrices.get(run % matrices.size());
  }

  /** Of one run, the best of a few. */
  private float micros(int runs, IntConsumer body) {
    body.accept(0); // loads and plans what a recording must find
    gpu.stream().synchronize();
    try (CudaEvent start = CudaEvent.create(gpu.device());
        CudaEvent end = CudaEvent.create(gpu.device());
        CudaGraph graph =
            CudaGraph.capture(
                gpu.stream(),
                () -> {
                  for (int i = 0; i < runs; i++) {
                    body.accept(i);
                  }
                })) {
      float best = Float.MAX_VALUE;
      for (int i = 0; i < REPEATS; i++) {
        start.record(gpu.stream());
        graph.launch(gpu.stream());
        end.record(gpu.stream());
        end.synchronize(PATIENCE);
        best = Math.min(best, end.elapsedMillis(start));
      }
      return best * 1000 / runs;
    }
  }
}
