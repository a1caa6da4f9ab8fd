package io.penstock.engine.kv;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The blocks of one sequence in order: token t lies in block {@code ids()[t / blockSize]} at offset
 * {@code t % blockSize}.
 */
public final class BlockTable {
  private static final int[] EMPTY = {};

  private final BlockPool pool;
  private int[] ids = EMPTY; // replaced when it changes, never written: a plan may keep it

  public BlockTable(BlockPool pool) {
    this.pool = pool;
  }

  /** Block ids in order. Not to be written; later growth does not change it. */
  public int[] ids() {
    return ids;
  }

  /** The blocks that hold its first {@code tokens} tokens, in order. */
  public int[] idsOf(int tokens) {
    return Arrays.copyOf(ids, pool.blocksFor(tokens));
  }

  public boolean isEmpty() {
    return ids.length == 0;
  }

  /** Whether a block would be free without this table. */
  public boolean ownsAny() {
    for (int block : ids) {
      if (pool.referenceCount(block) == 1) {
        return true;
      }
    }
    return false;
  }

  /** Blocks missing before {@code tokens} tokens fit. */
  public int missingBlocks(int tokens) {
    return Math.max(0, pool.blocksFor(tokens) - ids.length);
  }

  /**
   * Grows until {@code tokens} tokens fit: wholly, or not at all.
   *
   * @return whether they fit
   */
  public boolean tryGrow(int tokens) {
    int missing = missingBlocks(tokens);
    if (missing > pool.freeBlocks()) {
      return false;
    }
    if (missing > 0) {
      int[] grown = Arrays.copyOf(ids, ids.length + missing);
      for (int i = ids.length; i < grown.length; i++) {
        grown[i] = pool.allocate();
      }
      ids = grown;
    }
    return true;
  }

  /**
   * Grows until {@code tokens} tokens fit, by blocks that are none of {@code avoided}: wholly, or
   * not at all.
   *
   * @return whether they fit
   */
  public boolean tryGrowOutside(int tokens, BitSet avoided) {
    int[] grown = Arrays.copyOf(ids, ids.length + missingBlocks(tokens));
    for (int i = ids.length; i < grown.length; i++) {
      grown[i] = pool.allocateOutside(avoided);
      if (grown[i] == BlockPool.NONE) {
        while (--i >= ids.length) {
          pool.release(grown[i]);
        }
        return false;
      }
    }
    ids = grown;
    return true;
  }

  /**
   * Makes this empty table share the first {@code blocks} blocks of another. Shared blocks must be
   * full: nobody writes into them any more.
   */
  public void share(BlockTable source, int blocks) {
    if (!isEmpty()) {
      throw new IllegalStateException("a table that owns blocks cannot share another's");
    }
    ids = Arrays.copyOf(source.ids, blocks);
    for (int block : ids) {
      pool.retain(block);
    }
  }

  /** Makes this empty table begin with blocks whose content is known; not to be written after. */
  void adopt(int[] blocks) {
    if (!isEmpty()) {
      throw new IllegalStateException("a table that owns blocks cannot adopt others");
    }
    for (int block : blocks) {
      pool.adopt(block);
    }
    ids = blocks;
  }

  /**
   * Gives all blocks back, the last one first, so that a sequence's first block is reused first.
   */
  public void release() {
    for (int i = ids.length - 1; i >= 0; i--) {
      pool.release(ids[i]);
    }
    ids = EMPTY;
  }
}
