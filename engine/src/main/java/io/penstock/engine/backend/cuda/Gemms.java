package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.blas.GemmType;

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
    run(matrix, x, out, matrix.biasAddress(), tokens, gpu.type().gemm());
  }

  /** out (count, rows) float32 = x (count, k) * head^T. */
  void logits(CudaMatrix head, long x, long out, int count) {
    run(head, x, out, 0, count, gpu.type().logitsGemm());
  }

  private void run(CudaMatrix matrix, long x, long out, long bias, int tokens, GemmType type) {
    blas.gemm(matrix.rows(), matrix.k(), TokenBuckets.of(tokens), type, bias != 0)
        .run(matrix.address(), x, out, bias, gpu.stream());
  }
}
