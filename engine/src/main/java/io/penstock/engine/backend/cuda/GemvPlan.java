package io.penstock.engine.backend.cuda;

import java.util.Optional;

/**
 * How to launch a matrix-vector kernel ({@code kernels/include/gemv.cuh}) for one matrix and one
 * number of tokens. Empty where no such kernel exists and a matrix product has to do.
 *
 * <p>A block computes a few rows of the matrix, and all its threads share each row: a thread holds
 * {@code C} vectors of eight elements of it at once, and eight vectors over all rows, so {@code 8 /
 * C} is the rows of a block. Short rows take C = 2, which makes blocks of up to 512 threads of rows
 * of up to 8,192 elements; longer ones take C = 4; and rows beyond 16,384 elements are walked in
 * several equal tiles.
 *
 * @param suffix what follows the element type in the kernel's name, such as {@code _n1_c2}
 * @param grid number of blocks
 * @param block threads of a block, a multiple of 32
 * @param sharedBytes dynamic shared memory of a block
 */
public record GemvPlan(String suffix, int grid, int block, int sharedBytes) {
  private static final int VECTOR = 8;
  private static final int WARP = 32;
  private static final int MAX_BLOCK = 512;
  private static final int LOADS_IN_FLIGHT = 8;

  /**
   * For {@code penstock_gemv}, {@code _gemv_add}, {@code _norm_gemv} and {@code _norm_gemv_logits}.
   *
   * @param rows of the matrix
   * @param k columns of the matrix
   * @param tokens vectors to multiply it with
   */
  public static Optional<GemvPlan> of(int rows, int k, int tokens) {
    return plan(rows, 1, k, tokens);
  }

  /**
   * For {@code penstock_norm_gemv_swiglu}, whose blocks compute pairs of a gate row and an up row.
   *
   * @param ffn pairs of rows, the width of the result
   */
  public static Optional<GemvPlan> gated(int ffn, int k, int tokens) {
    return plan(ffn, 2, k, tokens);
  }

  private static Optional<GemvPlan> plan(int outputs, int rowsPerOutput, int k, int tokens) {
    boolean tokensHaveKernel = tokens == 1 || tokens == 2 || tokens == 4;
    if (!tokensHaveKernel || outputs < 1 || k < VECTOR || k % VECTOR != 0) {
      return Optional.empty();
    }
    int vectors = k / VECTOR;
    int chunks = vectors <= 2 * MAX_BLOCK ? 2 : 4;
    int tiles = Math.ceilDiv(vectors, chunks * MAX_BLOCK);
    int block = Math.ceilDiv(Math.ceilDiv(vectors, chunks * tiles), WARP) * WARP;
    int grid = Math.ceilDiv(outputs, LOADS_IN_FLIGHT / chunks / rowsPerOutput);
    return Optional.of(new GemvPlan("_n" + tokens + "_c" + chunks, grid, block, 0));
  }
}
