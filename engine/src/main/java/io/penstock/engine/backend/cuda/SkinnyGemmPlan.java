package io.penstock.engine.backend.cuda;

import java.util.Optional;

/**
 * How to launch a matrix product with few tokens ({@code kernels/include/skinny_gemm.cuh}): GPUs of
 * compute capability 9.0 or later, up to 64 tokens. Empty where no such kernel exists and cuBLASLt
 * has to do.
 *
 * <p>A block computes 128 rows of the matrix. Where that makes fewer blocks than the GPU has
 * multiprocessors, up to eight blocks share the columns.
 *
 * @param suffix what follows the element type in the kernel's name, such as {@code _n16_s8}
 * @param gridX blocks over the rows
 * @param gridY blocks over the columns
 * @param block threads of a block
 */
public record SkinnyGemmPlan(String suffix, int gridX, int gridY, int block) {
  private static final int VECTOR = 8;
  private static final int CHUNK = 64;
  private static final int BLOCK_ROWS = 128;
  private static final int THREADS = 128;
  private static final int MIN_WIDTH = 8;
  private static final int MAX_WIDTH = 64;
  private static final int MAX_SPLIT = 8;

  /**
   * For {@code penstock_skinny_gemm} and {@code _add}.
   *
   * @param rows of the matrix
   * @param k columns of the matrix
   * @param tokens vectors to multiply it with
   * @param multiprocessors of the GPU
   */
  public static Optional<SkinnyGemmPlan> of(int rows, int k, int tokens, int multiprocessors) {
    return plan(rows, BLOCK_ROWS, k, tokens, multiprocessors);
  }

  /**
   * For {@code penstock_skinny_gemm_swiglu}, whose blocks compute pairs of a gate row and an up
   * row.
   *
   * @param ffn pairs of rows, the width of the result
   */
  public static Optional<SkinnyGemmPlan> gated(int ffn, int k, int tokens, int multiprocessors) {
    return plan(ffn, BLOCK_ROWS / 2, k, tokens, multiprocessors);
  }

  private static Optional<SkinnyGemmPlan> plan(
      int outputs, int perBlock, int k, int tokens, int multiprocessors) {
    if (tokens < 1
        || tokens > MAX_WIDTH
        || outputs < 1
        || outputs % VECTOR != 0
        || k < 1
        || k % VECTOR != 0) {
      return Optional.empty();
    }
    int width = Math.max(MIN_WIDTH, Integer.highestOneBit(2 * tokens - 1));
    int gridX = Math.ceilDiv(outputs, perBlock);
    int split = 1;
    while (split < MAX_SPLIT && gridX * split < multiprocessors && k / CHUNK / (2 * split) >= 2) {
      split *= 2;
    }
    return Optional.of(new SkinnyGemmPlan("_n" + width + "_s" + split, gridX, split, THREADS));
  }
}
