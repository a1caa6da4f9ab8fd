package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.blas.CublasLt;

/**
 * Matrix products by cuBLASLt, for the token counts of {@link TokenBuckets}: a batch between two of
 * them is computed as the larger, on rows of which nobody reads the result.
 */
final class Gemms {
  private final Gpu gpu;
  private final CublasLt blas;

  Gemms(Gpu gpu, CublasLt blas) {
    this.gpu = gpu;
    this.blas = blas;
  }

  /** out (tokens, rows) = x (tokens, k) * matrix^T + bias; both have rows for the bucket. */
  void linear(CudaMatrix matrix, long x, long out, int tokens) {
    long bias = matrix.biasAddress();
    blas.gemm(matrix.rows(), matrix.k(), TokenBuckets.of(tokens), gpu.type().gemm(), bias != 0)
        .run(matrix.address(), x, out, bias, gpu.stream());
  }

  /**
   * residual (tokens, rows) float32 += x (tokens, k) * matrix^T, for a matrix without bias. The sum
   * is not rounded on its way, and no kernel need add it afterwards.
   */
  void linearAdd(CudaMatrix matrix, long x, long residual, int tokens) {
    blas.gemm(matrix.rows(), matrix.k(), TokenBuckets.of(tokens), gpu.type().residualGemm(), false)
        .run(matrix.address(), x, residual, 0, gpu.stream());
  }

  /** out (count, outputs) float32 = x (count, k) * head^T, without gaps: the sampler wants none. */
  void logits(CudaMatrix head, long x, long out, int count) {
    blas.gemm(head.outputs(), head.k(), TokenBuckets.of(count), gpu.type().logitsGemm(), false)
        .run(head.address(), x, out, 0, gpu.stream());
  }
}
