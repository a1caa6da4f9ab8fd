package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Optional;

/**
 * How to launch a product of a large decode batch ({@code kernels/src/decode_wide.cu}), with tokens
 * as rows and wide tiles of weights. Empty where no such kernel exists.
 *
 * @param symbol of the kernel, without the element type
 * @param weightBoxRows rows of weights that a copy brings
 * @param grid number of blocks
 * @param cluster blocks of a cluster
 * @param sharedBytes dynamic shared memory of a block
 */
record DecodeWidePlan(String symbol, int weightBoxRows, int grid, int cluster, int sharedBytes) {
  static final int BLOCK = 288;
  static final int TOKENS = 128;

  /** Fewer are as fast with tiles of {@link DecodeGemmPlan}, which read less of x. */
  private static final int LEAST_TOKENS = 65;

  private static final int ALIGNED_ELEMENTS = 8;
  private static final int ADD_ROWS = 64;
  private static final int SWIGLU_OUTPUTS = 112;

  /**
   * @param outputs rows of the matrix, half of them for {@link Operation#SWIGLU}
   * @param k columns of the matrix
   */
  static Optional<DecodeWidePlan> of(
      Operation operation, int outputs, int k, int tokens, ComputeCapability capability) {
    // The code is sm_90a, which no other GPU runs.
    boolean hasKernel = capability.major() == 9 && capability.minor() == 0;
    boolean aligned = outputs % ALIGNED_ELEMENTS == 0 && k % ALIGNED_ELEMENTS == 0;
    if (!hasKernel || !aligned || tokens < LEAST_TOKENS || tokens > TOKENS) {
      return Optional.empty();
    }
    return switch (operation) {
      case ADD ->
          Optional.of(
              new DecodeWidePlan(
                  "penstock_decode_wide_add",
                  ADD_ROWS,
                  2 * Math.ceilDiv(outputs, ADD_ROWS),
                  2,
                  sharedBytes(8, ADD_ROWS)));
      case SWIGLU ->
          Optional.of(
              new DecodeWidePlan(
                  "penstock_decode_wide_swiglu",
                  SWIGLU_OUTPUTS,
                  Math.ceilDiv(outputs, SWIGLU_OUTPUTS),
                  1,
                  sharedBytes(4, 2 * SWIGLU_OUTPUTS)));
      case STORE -> Optional.empty(); // not faster than cuBLASLt
    };
  }

  /** Stages of the tokens' and the tile's rows, 128 bytes each, and room to align them. */
  private static int sharedBytes(int stages, int rows) {
    return stages * (TOKENS + rows) * 128 + 1024;
  }
}
