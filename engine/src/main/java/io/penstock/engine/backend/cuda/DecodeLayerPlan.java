package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Optional;

/**
 * How to launch the kernel of a whole decoder layer ({@code kernels/src/decode_layer.cu}) for one
 * shape and one number of tokens. Empty where no such kernel exists.
 *
 * @param suffix what follows the element type in the kernel's name, such as {@code _n32}
 * @param columns tokens that the kernel is compiled for: the box rows of the maps of activations
 * @param blocks one a multiprocessor
 * @param sharedBytes dynamic shared memory of a block
 * @param oSplits parts into which the columns of the output projection are cut
 * @param downSplits the same of down
 * @param qkvPieces pieces into which all tiles of the next layer's q, k and v together are cut
 */
record DecodeLayerPlan(
    String suffix,
    int columns,
    int blocks,
    int sharedBytes,
    int oSplits,
    int downSplits,
    int qkvPieces) {
  static final int BLOCK = 448;
  static final int WEIGHT_BOX_ROWS = 64;
  static final int MAX_TOKENS = 64;
  static final int CONTROL_BYTES = 4096; // of a launch

  private static final int TILE_ROWS = 128;
  private static final int STEP = 64; // columns of a stage
  private static final int ALIGNED_ELEMENTS = 8;
  private static final int MOST_SPLITS = 16;
  private static final int MOST_QKV_ROWS = 32_768;

  /**
   * Shape of a layer.
   *
   * @param hidden columns of the residual stream
   * @param attended columns of what attention gives
   * @param ffn gates, as many as ups
   * @param qkv queries, keys and values of a token
   */
  record Shape(int hidden, int attended, int ffn, int qkv) {
    private boolean isAligned() {
      return hidden % ALIGNED_ELEMENTS == 0
          && attended % ALIGNED_ELEMENTS == 0
          && ffn % ALIGNED_ELEMENTS == 0
          && qkv % ALIGNED_ELEMENTS == 0;
    }
  }

  static Optional<DecodeLayerPlan> of(
      Shape shape, int tokens, ComputeCapability capability, int smCount) {
    // The code is sm_90a, which no other GPU runs.
    boolean hasKernel = capability.major() == 9 && capability.minor() == 0;
    if (!hasKernel
        || !shape.isAligned()
        || shape.qkv() > MOST_QKV_ROWS
        || tokens < 1
        || tokens > MAX_TOKENS) {
      return Optional.empty();
    }
    int columns = Math.max(16, Integer.highestOneBit(2 * tokens - 1));
    int tiles = Math.ceilDiv(shape.hidden(), TILE_ROWS);
    int qkvTiles = Math.ceilDiv(shape.qkv(), TILE_ROWS);
    int steps = qkvTiles * steps(shape.hidden());
    return Optional.of(
        new DecodeLayerPlan(
            "_n" + columns,
            columns,
            smCount,
            sharedBytes(columns),
            splits(smCount / tiles, shape.attended()),
            splits(smCount * 5 / 4 / tiles, shape.ffn()), // its units begin one after the other
            Math.min(smCount, Math.max(1, Math.min(steps, 8 * qkvTiles)))));
  }

  /** Bytes of the float32 sums that parts leave, of {@code tokens} tokens. */
  long partialBytes(Shape shape, int tokens) {
    // A piece may begin and end within a tile.
    int stepsOfPiece =
        Math.max(1, Math.ceilDiv(shape.qkv(), TILE_ROWS) * steps(shape.hidden()) / qkvPieces);
    long partsOfTile = steps(shape.hidden()) / stepsOfPiece + 2L;
    long ofHidden = (long) Math.max(oSplits, downSplits) * shape.hidden();
    return Math.max(ofHidden, partsOfTile * shape.qkv()) * tokens * Float.BYTES;
  }

  private static int splits(int wanted, int k) {
    return Math.clamp(wanted, 1, Math.min(MOST_SPLITS, steps(k)));
  }

  private static int steps(int k) {
    return Math.ceilDiv(k, STEP);
  }

  /** Stages of 128 rows of weights, and of the tokens' rows in a ring of their own. */
  private static int sharedBytes(int columns) {
    int weights = columns == 64 ? 9 : 12;
    int inputs = columns == 16 ? 8 : 6;
    return (weights * TILE_ROWS + inputs * columns) * 128 + 1024;
  }
}
