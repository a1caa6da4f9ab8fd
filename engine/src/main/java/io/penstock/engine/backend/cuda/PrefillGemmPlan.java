package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import io.penstock.engine.backend.cuda.driver.TensorMap;
import io.penstock.engine.backend.cuda.driver.TensorMap.Promotion;
import io.penstock.engine.backend.cuda.driver.TensorMap.Swizzle;
import java.util.List;
import java.util.Optional;

/**
 * How to launch the gated product of a prefill step ({@code kernels/src/prefill_gemm.cu}) for one
 * matrix and one number of tokens. There are kernels for tiles of 128 to 256 tokens, so that a step
 * can be cut into as many tiles as fill whole rounds of the multiprocessors, and some whose first
 * rows are cut into tiles of 256 and the rest into smaller ones, so that a last round is not nearly
 * empty.
 *
 * @param columns tokens of a tile
 * @param rest tokens of the smaller tiles, 0 where all tiles have one size
 * @param wideRows rows of tiles, of 128 outputs, that are cut into the larger ones; 0 without rest
 * @param cost columns that a block computes one after the other, with what tiles cost beside them
 * @param grid number of blocks
 * @param sharedBytes dynamic shared memory of a block
 */
record PrefillGemmPlan(int columns, int rest, int wideRows, int cost, int grid, int sharedBytes) {
  static final String SYMBOL = "penstock_prefill_gemm_swiglu";
  static final int BLOCK = 384;
  static final int CLUSTER = 2;

  /** Below this the kernels for decode batches are meant, and no tile would be full. */
  static final int LEAST_TOKENS = 129;

  /** Tiles of tokens that share a pass over the weights: 2,048 tokens of input stay in L2. */
  static final int GROUP = 8;

  private static final int LEAST_COLUMNS = 128;
  private static final int MOST_COLUMNS = 256;
  private static final int COLUMN_STEP = 16;
  private static final int TILE_ROWS = 128; // of weights: 64 gates and their ups
  private static final int TILE_OUTPUTS = TILE_ROWS / 2;
  private static final int GROUP_ROWS = 8; // gates, then the ups that belong to them
  private static final int STEP_COLUMNS = 64; // of k
  private static final int STEP_BYTES = STEP_COLUMNS * ElementType.BYTES;
  private static final int MOST_SHARED_BYTES = 227 << 10;
  private static final int ALIGNMENT_BYTES = 1024;
  private static final int STORED_OUTPUTS = TILE_OUTPUTS / 2; // of a warpgroup
  private static final int ALIGNED_ELEMENTS = 8;

  /** What a tile costs beside its columns: measured 30.3 us with 144 and 51.4 us with 256. */
  private static final int COLUMNS_OF_TILE = 16;

  /** Sizes of the rest for which there are kernels, beside tiles of 256. */
  private static final int[] RESTS = {128, 208};

  /**
   * The way with tiles of one size that takes the least time, as its tiles' sizes tell; none where
   * cuBLASLt has to do.
   *
   * @param outputs half the rows of the matrix
   * @param k columns of the matrix
   */
  static Optional<PrefillGemmPlan> of(
      int outputs, int k, int tokens, ComputeCapability capability, int smCount) {
    if (!exists(outputs, k, tokens, capability)) {
      return Optional.empty();
    }
    Rounds rounds = Rounds.of(outputs, tokens, smCount);
    PrefillGemmPlan best = rounds.oneSize(MOST_COLUMNS);
    for (int n = MOST_COLUMNS - COLUMN_STEP; n >= LEAST_COLUMNS; n -= COLUMN_STEP) {
      PrefillGemmPlan plan = rounds.oneSize(n);
      best = plan.cost < best.cost ? plan : best;
    }
    return Optional.of(best);
  }

  /** The best way with tiles of two sizes, where one should take less time than {@link #of}. */
  static Optional<PrefillGemmPlan> ofTwoSizes(
      int outputs, int k, int tokens, ComputeCapability capability, int smCount) {
    Optional<PrefillGemmPlan> best = of(outputs, k, tokens, capability, smCount);
    Rounds rounds = Rounds.of(outputs, tokens, smCount);
    if (best.isPresent()) {
      for (int rest : RESTS) {
        PrefillGemmPlan plan = rounds.twoSizes(rest);
        best = plan.cost < best.orElseThrow().cost ? Optional.of(plan) : best;
      }
    }
    return best.filter(plan -> plan.rest > 0);
  }

  private static boolean exists(int outputs, int k, int tokens, ComputeCapability capability) {
    // The code is sm_90a, which no other GPU runs.
    boolean hasKernel = capability.major() == 9 && capability.minor() == 0;
    boolean aligned = outputs % ALIGNED_ELEMENTS == 0 && k % ALIGNED_ELEMENTS == 0;
    return hasKernel && aligned && tokens >= LEAST_TOKENS;
  }

  /**
   * How tiles fill the multiprocessors.
   *
   * @param rows of tiles
   * @param clusters that run at one time
   */
  private record Rounds(int rows, int tokens, int clusters) {
    static Rounds of(int outputs, int tokens, int smCount) {
      return new Rounds(
          Math.ceilDiv(outputs, CLUSTER * TILE_OUTPUTS), tokens, Math.max(1, smCount / CLUSTER));
    }

    private int tiles(int rowsOfTiles, int columns) {
      return rowsOfTiles * Math.ceilDiv(tokens, columns);
    }

    private int cost(int rowsOfTiles, int columns) {
      return Math.ceilDiv(tiles(rowsOfTiles, columns), clusters) * (columns + COLUMNS_OF_TILE);
    }

    PrefillGemmPlan oneSize(int columns) {
      int grid = CLUSTER * Math.min(tiles(rows, columns), clusters);
      return new PrefillGemmPlan(
          columns, 0, 0, cost(rows, columns), grid, PrefillGemmPlan.sharedBytes(columns));
    }

    /** Large tiles in whole rounds, as many as make the least of both. */
    PrefillGemmPlan twoSizes(int rest) {
      int tilesOfRow = tiles(1, MOST_COLUMNS);
      int best = 0;
      int least = Integer.MAX_VALUE;
      for (int round = 0; round * clusters / tilesOfRow < rows; round++) {
        int wide = round * clusters / tilesOfRow;
        int cost = cost(wide, MOST_COLUMNS) + cost(rows - wide, rest);
        best = cost < least ? wide : best;
        least = Math.min(least, cost);
      }
      int most = Math.max(tiles(best, MOST_COLUMNS), tiles(rows - best, rest));
      return new PrefillGemmPlan(
          MOST_COLUMNS,
          rest,
          best,
          least,
          CLUSTER * Math.min(most, clusters),
          PrefillGemmPlan.sharedBytes(MOST_COLUMNS));
    }
  }

  /** As many stages of weights and tokens as there is room for beside the outputs. */
  private static int sharedBytes(int columns) {
    int others = columns * TILE_OUTPUTS * ElementType.BYTES + ALIGNMENT_BYTES;
    int stage = (TILE_ROWS + columns) * STEP_BYTES;
    return (MOST_SHARED_BYTES - others) / stage * stage + others;
  }

  String suffix() {
    return rest > 0 ? "_n" + columns + "_n" + rest : "_n" + columns;
  }

  /**
   * Inputs as a block of a cluster fetches its share of a tile for all.
   *
   * @param columns tokens of the tile
   */
  static TensorMap inputs(CudaBuffer x, int columns) {
    return TensorMaps.rows(x, columns / CLUSTER, Promotion.BYTES_128);
  }

  /**
   * Weights as the kernel reads them: eight gate rows, then the eight up rows that belong to them.
   *
   * @param address of a matrix (2 outputs, k), gate rows first
   */
  static TensorMap weights(long address, long outputs, long k) {
    long rowBytes = k * ElementType.BYTES;
    return new TensorMap(
        address,
        List.of(k, (long) GROUP_ROWS, 2L, outputs / GROUP_ROWS),
        List.of(rowBytes, outputs * rowBytes, GROUP_ROWS * rowBytes),
        List.of(STEP_COLUMNS, GROUP_ROWS, 2, TILE_OUTPUTS / GROUP_ROWS),
        Swizzle.BYTES_128,
        Promotion.BYTES_128);
  }

  /**
   * Outputs as a warpgroup writes them: half of those of a tile.
   *
   * @param columns tokens of the tile
   */
  static TensorMap outputs(CudaBuffer out, int columns) {
    return new TensorMap(
        out.address(),
        List.of((long) out.stride(), TensorMaps.rowsInMemory(out)),
        List.of(TensorMaps.rowBytes(out)),
        List.of(STORED_OUTPUTS, columns),
        Swizzle.BYTES_64,
        Promotion.BYTES_128);
  }
}
