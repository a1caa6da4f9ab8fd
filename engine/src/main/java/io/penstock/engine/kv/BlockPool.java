package io.penstock.engine.kv;

import java.util.Arrays;
import java.util.Collection;

/**
 * The ids of the KV cache's blocks, with a reference count for each (PagedAttention, arXiv
 * 2309.06180). Integers only: the memory behind an id is the backend's.
 *
 * <p>Free ids lie on a stack, so the block freed last is used first: its cache lines are the
 * likeliest to be warm. Everything is O(1) and nothing is allocated after construction. For one
 * thread.
 */
public final class BlockPool {
  /** What {@link #allocate} answers when no block is free. */
  public static final int NONE = -1;

  private final int blockSize;
  private final int[] referenceCounts;
  private final int[] freeStack;
  private int freeCount;

  /**
   * @param numBlocks blocks of the pool, ids 0 to numBlocks - 1
   * @param blockSize tokens that a block holds
   */
  public BlockPool(int numBlocks, int blockSize) {
    if (numBlocks < 1 || blockSize < 1) {
      throw new IllegalArgumentException(
          "a pool needs at least one block of one token, not %d of %d"
              .formatted(numBlocks, blockSize));
    }
    this.blockSize = blockSize;
    this.referenceCounts = new int[numBlocks];
    this.freeStack = new int[numBlocks];
    this.freeCount = numBlocks;
    for (int i = 0; i < numBlocks; i++) {
      freeStack[i] = numBlocks - 1 - i; // id 0 on top
    }
  }

  public int blockSize() {
    return blockSize;
  }

  public int totalBlocks() {
    return referenceCounts.length;
  }

  public int freeBlocks() {
    return freeCount;
  }

  /** Blocks that {@code tokens} tokens take. */
  public int blocksFor(int tokens) {
    return Math.ceilDiv(tokens, blockSize);
  }

  public int referenceCount(int block) {
    return referenceCounts[block];
  }

  /** A free block with one reference, or {@link #NONE}. */
  int allocate() {
    if (freeCount == 0) {
      return NONE;
    }
    int block = freeStack[--freeCount];
    referenceCounts[block] = 1;
    return block;
  }

  /** One more owner of a block in use. */
  void retain(int block) {
    requireUsed(block);
    referenceCounts[block]++;
  }

  /** One owner less; the last one frees the block. */
  void release(int block) {
    requireUsed(block);
    if (--referenceCounts[block] == 0) {
      freeStack[freeCount++] = block;
    }
  }

  private void requireUsed(int block) {
    if (referenceCounts[block] == 0) {
      throw new IllegalStateException("block " + block + " is free");
    }
  }

  /**
   * Checks every invariant against the tables that own blocks; for tests, O(blocks).
   *
   * @throws IllegalStateException naming the first block that is leaked, shared without a count, or
   *     both free and used
   */
  public void checkInvariants(Collection<BlockTable> owners) {
    int[] expected = new int[totalBlocks()];
    for (BlockTable owner : owners) {
      for (int block : owner.ids()) {
        expected[block]++;
      }
    }
    boolean[] free = new boolean[totalBlocks()];
    for (int i = 0; i < freeCount; i++) {
      if (free[freeStack[i]]) {
        throw new IllegalStateException("block " + freeStack[i] + " is twice on the free stack");
      }
      free[freeStack[i]] = true;
    }
    for (int block = 0; block < totalBlocks(); block++) {
      if (expected[block] != referenceCounts[block]) {
        throw new IllegalStateException(
            "block %d counts %d references, its owners are %d"
                .formatted(block, referenceCounts[block], expected[block]));
      }
      if (free[block] != (referenceCounts[block] == 0)) {
        throw new IllegalStateException(
            "block %d with %d references is %s the free stack"
                .formatted(block, referenceCounts[block], free[block] ? "on" : "not on"));
      }
    }
  }

  @Override
  public String toString() {
    return "BlockPool[free %d of %d, counts %s]"
        .formatted(freeCount, totalBlocks(), Arrays.toString(referenceCounts));
  }
}
