package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;

/**
 * The operations around matrix products, by the number of tokens: for 1, 2 and 4 our matrix-vector
 * kernels, which take the norm, the gate and the addition in the same pass; for small batches one
 * kernel for a whole layer; for decode batches and steps with prompts our own products, all where
 * they were measured to be faster; else cuBLASLt, with kernels for norm and gate.
 */
final class MatrixProducts {
  private final Gpu gpu;
  private final int maxTokens;
  private final DenseKernels dense;
  private final GemvKernels gemv;
  private final DecodeProducts decode;
  private final DecodeLayer layer;
  private final PrefillProducts prefill;
  private final Gemms gemms;
  private DeviceMemory gateUpProduct; // (tokens, 2 n), for steps that need it

  /**
   * @param maxTokens most tokens of a step
   */
  MatrixProducts(
      Gpu gpu,
      int maxTokens,
      DenseKernels dense,
      GemvKernels gemv,
      DecodeProducts decode,
      DecodeLayer layer,
      PrefillProducts prefill,
      Gemms gemms) {
    this.gpu = gpu;
    this.maxTokens = maxTokens;
    this.dense = dense;
    this.gemv = gemv;
    this.decode = decode;
    this.layer = layer;
    this.prefill = prefill;
    this.gemms = gemms;
  }

  /**
   * A step of {@code tokens} tokens begins. To be called ahead of at least one kernel that comes
   * before the step's first product.
   */
  void begin(int tokens) {
    layer.begin(tokens);
  }

  void normLinear(CudaResidual x, long gain, float eps, CudaMatrix matrix, long out, int tokens) {
    if (layer.completed(matrix, gain, out)) {
      return;
    }
    if (!x.hasPendingDelta() && gemv.normLinear(x, gain, eps, matrix, out, tokens)) {
      return;
    }
    dense.norm(x, gain, eps, tokens);
    if (!decode.run(Operation.STORE, matrix, x.normedBuffer(), out, tokens)) {
      linear(matrix, x.normed(), out, tokens);
    }
  }

  void linearAdd(CudaMatrix matrix, CudaBuffer x, CudaResidual residual, int tokens) {
    if (layer.collectsAdd(matrix, x, residual)) {
      return;
    }
    if (gemv.linearAdd(matrix, x.address(), residual, tokens)) {
      return;
    }
    if (!residual.hasPendingDelta()
        && decode.run(Operation.ADD, matrix, x, residual.sum(), tokens)) {
      return;
    }
    if (matrix.bias() == null && matrix.rows() == residual.columns()) {
      gemms.linearAdd(matrix, x.address(), residual.sum(), tokens);
      return;
    }
    dense.settle(residual, tokens);
    gemms.linear(matrix, x.address(), residual.delta(), tokens);
    residual.deltaWritten();
  }

  void normGatedLinear(
      CudaResidual x, long gain, float eps, CudaMatrix gateUp, CudaBuffer out, int tokens) {
    if (layer.collectsGated(gateUp, gain, eps)) {
      return;
    }
    if (!x.hasPendingDelta() && gemv.normGatedLinear(x, gain, eps, gateUp, out.address(), tokens)) {
      return;
    }
    dense.norm(x, gain, eps, tokens);
    // Allocated by the first step, which is the largest, before the cache takes what is left.
    long product = gateUpProduct(gateUp);
    if (decode.run(Operation.SWIGLU, gateUp, x.normedBuffer(), out.address(), tokens)
        || prefill.run(gateUp, x.normedBuffer(), out, tokens)) {
      return;
    }
    linear(gateUp, x.normed(), product, tokens);
    dense.swiglu(out.address(), product, tokens, gateUp.rows() / 2);
  }

  /** Of the stream's rows {@code rows} (count). */
  void normLogits(
      CudaResidual x, long rows, long gain, float eps, CudaMatrix head, long out, int count) {
    layer.finish();
    if (!x.hasPendingDelta() && gemv.normLogits(x, rows, gain, eps, head, out, count)) {
      return;
    }
    dense.normRows(x, rows, gain, eps, count);
    gemms.logits(head, x.normed(), out, count);
  }

  /** Drops what refers to activations that are freed after tuning. */
  void forgetInputs() {
    decode.forgetInputs();
  }

  private void linear(CudaMatrix matrix, long x, long out, int tokens) {
    if (!gemv.linear(matrix, x, out, tokens)) {
      gemms.linear(matrix, x, out, tokens);
    }
  }

  /** Where gates and ups stand between product and gate; the same address ever after. */
  private long gateUpProduct(CudaMatrix gateUp) {
    if (gateUpProduct == null) {
      int tokens = TokenBuckets.of(prefill.mostLeftToLibrary(gateUp, maxTokens));
      gateUpProduct = gpu.allocate((long) tokens * gateUp.rows() * ElementType.BYTES);
    }
    return gateUpProduct.address();
  }
}
