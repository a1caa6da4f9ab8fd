package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Optional;

/**
 * How to launch a decode product ({@code kernels/src/decode_gemm.cu}) for one matrix and one number
 * of tokens. Empty where no such kernel exists and cuBLASLt has to do.
 *
 * <p>Where tiles are fewer than multiprocessors a cluster of blocks shares the columns of each;
 * where they are more, a block does one tile: of the divisions tried, the one that overlaps best
 * with its neighbours.
 *
 * @param suffix what follows the element type in the kernel's name, such as {@code _n32}
 * @param columns tokens that the kernel is compiled for: the box rows of the map of x
 * @param grid number of blocks, all clusters together
 * @param cluster blocks of a cluster
 * @param sharedBytes dynamic shared memory of a block
 */
record DecodeGemmPlan(String suffix, int columns, int grid, int cluster, int sharedBytes) {
  static final int BLOCK = 160;
  static final int WEIGHT_BOX_ROWS = 64;
  static final int MAX_TOKENS = 128;

  private static final int TILE_ROWS = 128;
  private static final int LARGEST_CLUSTER = 8;
  private static final int ALIGNED_ELEMENTS = 8;

  /** What a kernel does with the product. */
  enum Operation {
    STORE("penstock_decode_gemm", TILE_ROWS),
    ADD("penstock_decode_gemm_add", TILE_ROWS),
    /** A tile has as many gate rows as up rows. */
    SWIGLU("penstock_decode_gemm_swiglu", TILE_ROWS / 2);

    final String symbol;
    final int outputsOfTile;

    Operation(String symbol, int outputsOfTile) {
      this.symbol = symbol;
      this.outputsOfTile = outputsOfTile;
    }
  }

  /**
   * @param outputs rows of the matrix, half of them for {@link Operation#SWIGLU}
   * @param k columns of the matrix
   */
  static Optional<DecodeGemmPlan> of(
      Operation operation,
      int outputs,
      int k,
      int tokens,
      ComputeCapability capability,
      int smCount) {
    // The code is sm_90a, which no other GPU runs.
    boolean hasKernel = capability.major() == 9 && capability.minor() == 0;
    boolean aligned = outputs % ALIGNED_ELEMENTS == 0 && k % ALIGNED_ELEMENTS == 0;
    if (!hasKernel || !aligned || tokens < 1 || tokens > MAX_TOKENS) {
      return Optional.empty();
    }
    int columns = Math.max(16, Integer.highestOneBit(2 * tokens - 1));
    int tiles = Math.ceilDiv(outputs, operation.outputsOfTile);
    int cluster = LARGEST_CLUSTER;
    while (cluster > 1 && tiles * cluster > smCount) {
      cluster /= 2;
    }
    return Optional.of(
        new DecodeGemmPlan(
            "_n" + columns, columns, tiles * cluster, cluster, sharedBytes(columns)));
  }

  /** Stages of 128 rows of weights and the tokens' rows, 128 bytes each, and room to align them. */
  private static int sharedBytes(int columns) {
    int stages =
        switch (columns) {
          case 16 -> 6;
          case 32 -> 5;
          case 64 -> 4;
          default -> 3;
        };
    return stages * (TILE_ROWS + columns) * 128 + 1024;
  }
}
