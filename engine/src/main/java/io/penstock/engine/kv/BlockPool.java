package io.penstock.engine.kv;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.function.IntConsumer;

/**
 * The ids of the KV cache's blocks, with a reference count for each (PagedAttention, arXiv
 * 2309.06180). Integers only: the memory behind an id is the backend's.
 *
 * <p>Free ids lie on a stack, so the block freed last is used first: its cache lines are the
 * likeliest to be warm. A block whose content is kept ({@link PrefixCache}) is free too when nobody
 * owns it, but is used last, the least recently used first. Everything is O(1) and nothing is
 * allocated after construction. For one thread.
 */
public final class BlockPool {
  /** What {@link #allocate} answers when no block is free. */
  public static final int NONE = -1;

  private final int blockSize;
  private final int[] referenceCounts;
  private final int[] freeStack;
  private final byte[] keptAs; // class + 1; 0 when its content is not kept
  private final ReusableBlocks reusable;
  private IntConsumer onEviction = _ -> {};
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
    this.keptAs = new byte[numBlocks];
    this.reusable = new ReusableBlocks(numBlocks);
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

  /** Blocks without an owner, those whose content is kept too. */
  public int freeBlocks() {
    return freeCount + reusable.size();
  }

  /** Free blocks whose content is kept. */
  public int reusableBlocks() {
    return reusable.size();
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
    int block;
    if (freeCount > 0) {
      block = freeStack[--freeCount];
    } else if (reusable.size() > 0) {
      block = reusable.evict();
      keptAs[block] = 0;
      onEviction.accept(block);
    } else {
      return NONE;
    }
    referenceCounts[block] = 1;
    return block;
  }

  /**
   * A free block that is not one of {@code avoided}, or {@link #NONE}: for who uses it before the
   * steps that still use those have run. O(avoided) at worst; of the kept ones only the one to give
   * up first is looked at.
   */
  int allocateOutside(BitSet avoided) {
    for (int i = freeCount - 1; i >= 0; i--) {
      int block = freeStack[i];
      if (!avoided.get(block)) {
        System.arraycopy(freeStack, i + 1, freeStack, i, freeCount - 1 - i);
        freeCount--;
        referenceCounts[block] = 1;
        return block;
      }
    }
    if (reusable.size() == 0 || avoided.get(reusable.first())) {
      return NONE;
    }
    int block = reusable.evict();
    keptAs[block] = 0;
    onEviction.accept(block);
    referenceCounts[block] = 1;
    return block;
  }

  /** One more owner of a block that is in use, or whose content is kept. */
  void adopt(int block) {
    if (reusable.contains(block)) {
      reusable.remove(block);
      referenceCounts[block] = 1;
    } else {
      retain(block);
    }
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
      if (keptAs[block] != 0) {
        reusable.add(block, keptAs[block] - 1);
      } else {
        freeStack[freeCount++] = block;
      }
    }
  }

  // ---- kept contents

  /** Who is told when a kept block is given to somebody else. */
  void onEviction(IntConsumer listener) {
    onEviction = listener;
  }

  /**
   * The content of a block in use is worth keeping.
   *
   * @param priority class, 0 highest
   */
  void keep(int block, int priority) {
    requireUsed(block);
    keptAs[block] = (byte) (priority + 1);
  }

  void keepNoLonger(int block) {
    keptAs[block] = 0;
    if (reusable.contains(block)) {
      reusable.remove(block);
      freeStack[freeCount++] = block;
    }
  }

  boolean isKept(int block) {
    return keptAs[block] != 0;
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
    int kept = 0;
    for (int block = 0; block < totalBlocks(); block++) {
      if (reusable.contains(block)) {
        if (free[block] || keptAs[block] == 0) {
          throw new IllegalStateException("block " + block + " is reusable without content");
        }
        free[block] = true;
        kept++;
      }
    }
    if (kept != reusable.size()) {
      throw new IllegalStateException("reusable blocks are miscounted");
    }
    for (int block = 0; block < totalBlocks(); block++) {
      if (expected[block] != referenceCounts[block]) {
        throw new IllegalStateException(
            "block %d counts %d references, its owners are %d"
                .formatted(block, referenceCounts[block], expected[block]));
      }
      if (free[block] != (referenceCounts[block] == 0)) {
        throw new IllegalStateException(
            "block %d with %d references is %s"
                .formatted(block, referenceCounts[block], free[block] ? "free" : "not free"));
      }
    }
  }

  @Override
  public String toString() {
    return "BlockPool[free %d of %d, counts %s]"
        .formatted(freeBlocks(), totalBlocks(), Arrays.toString(referenceCounts));
  }
}
