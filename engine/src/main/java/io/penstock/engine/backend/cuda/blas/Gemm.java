package io.penstock.engine.backend.cuda.blas;

import io.penstock.engine.backend.cuda.driver.CudaStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * One planned product: out (tokens, rows) = x (tokens, k) times w (rows, k) transposed, plus a bias
 * of {@code rows} values if it was planned with one. All matrices are row-major without gaps; their
 * addresses are multiples of 16 bytes.
 *
 * <p>A run allocates nothing and may be captured into a graph. It belongs to the thread of its
 * {@link CublasLt}, whose workspace all products share: run them on one stream.
 */
public final class Gemm {
  private final CublasLt blas;
  private final GemmShape shape;
  private final GemmLayouts layouts;
  private final MemorySegment algorithm;
  private final MemorySegment biasCell;
  private long biasAddress;
  private boolean tuned;

  Gemm(CublasLt blas, GemmShape shape, GemmLayouts layouts, Arena arena) {
    this.blas = blas;
    this.shape = shape;
    this.layouts = layouts;
    this.algorithm = arena.allocate(Algorithm.BYTES, 8);
    this.biasCell = arena.allocate(8, 8);
    if (shape.bias()) {
      // The heuristic wants to see some pointer before it answers for a product with a bias.
      pointBiasAt(blas.workspaceAddress());
    }
  }

  public int rows() {
    return shape.rows();
  }

  public int k() {
    return shape.k();
  }

  public int tokens() {
    return shape.tokens();
  }

  public GemmType type() {
    return shape.type();
  }

  /** Whether its algorithm was measured, now or by an earlier process. */
  public boolean tuned() {
    return tuned;
  }

  /**
   * Queues the product.
   *
   * @param bias address of the bias, 0 if it was planned without one
   */
  public void run(long w, long x, long out, long bias, CudaStream stream) {
    if (shape.bias() != (bias != 0)) {
      throw new IllegalArgumentException(
          "%s was planned %s a bias".formatted(this, shape.bias() ? "with" : "without"));
    }
    if (bias != biasAddress && shape.bias()) {
      pointBiasAt(bias);
    }
    enqueue(algorithm, w, x, out, stream);
  }

  /**
   * Measures the library's candidates on real buffers and keeps the fastest; does nothing for a
   * product that is tuned already. Overwrites {@code out}.
   *
   * @param weights several layers' matrices, together larger than the L2 cache, or the measurement
   *     is of the cache
   * @param x numbers as they come in use: zeros draw less power and run faster
   * @param budget when to stop; at least one candidate is measured
   */
  public void tune(
      long[] weights, long x, long out, long bias, CudaStream stream, Duration budget) {
    if (tuned) {
      return;
    }
    if (shape.bias()) {
      pointBiasAt(bias);
    }
    new Tuning(blas, this, weights, x, out, stream)
        .fastest(blas.candidates(shape, layouts), budget)
        .ifPresent(
            best -> {
              use(best, true);
              blas.remember(shape, best);
            });
  }

  void enqueue(MemorySegment chosen, long w, long x, long out, CudaStream stream) {
    int status =
        blas.calls()
            .matmul(
                blas.handle(),
                layouts,
                blas.one(),
                blas.zero(),
                w,
                x,
                out,
                chosen.address(),
                blas.workspaceAddress(),
                blas.workspaceBytes(),
                stream.handle());
    if (status != LtConstants.SUCCESS) {
      throw LtCalls.failure(status, "cublasLtMatmul " + this);
    }
  }

  void use(Algorithm chosen, boolean measured) {
    chosen.write(algorithm);
    tuned = measured;
  }

  GemmLayouts layouts() {
    return layouts;
  }

  private void pointBiasAt(long address) {
    biasCell.set(ValueLayout.JAVA_LONG, 0, address);
    blas.calls().descSet(layouts.desc(), LtConstants.DESC_BIAS_POINTER, biasCell, Long.BYTES);
    biasAddress = address;
  }

  @Override
  public String toString() {
    return shape.key();
  }
}
