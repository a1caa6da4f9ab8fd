package io.penstock.engine.kv;

import java.util.Arrays;

/**
 * Free blocks whose content may be wanted again, the least recently used first, in one list for
 * each class of priority. Higher classes age more slowly: each class above the lowest counts as
 * used {@code bonus} releases later than it was. So an old block of a high class goes before a
 * fresh one of a low class, and no class keeps blocks for ever.
 *
 * <p>Doubly linked lists in arrays: everything is O(classes), nothing is allocated.
 */
final class ReusableBlocks {
  static final int CLASSES = 4;
  private static final int NONE = -1;

  private final int[] before;
  private final int[] after;
  private final long[] usedAt;
  private final byte[] listOf; // class + 1; 0 when in no list
  private final int[] oldest = new int[CLASSES];
  private final int[] newest = new int[CLASSES];
  private final long bonus;
  private long time;
  private int size;

  ReusableBlocks(int numBlocks) {
    before = new int[numBlocks];
    after = new int[numBlocks];
    usedAt = new long[numBlocks];
    listOf = new byte[numBlocks];
    bonus = numBlocks;
    Arrays.fill(oldest, NONE);
    Arrays.fill(newest, NONE);
  }

  int size() {
    return size;
  }

  boolean contains(int block) {
    return listOf[block] != 0;
  }

  /**
   * @param priority class, 0 highest
   */
  void add(int block, int priority) {
    usedAt[block] = time++ + (CLASSES - 1 - priority) * bonus;
    listOf[block] = (byte) (priority + 1);
    before[block] = newest[priority];
    after[block] = NONE;
    if (newest[priority] == NONE) {
      oldest[priority] = block;
    } else {
      after[newest[priority]] = block;
    }
    newest[priority] = block;
    size++;
  }

  void remove(int block) {
    int priority = listOf[block] - 1;
    if (before[block] == NONE) {
      oldest[priority] = after[block];
    } else {
      after[before[block]] = after[block];
    }
    if (after[block] == NONE) {
      newest[priority] = before[block];
    } else {
      before[after[block]] = before[block];
    }
    listOf[block] = 0;
    size--;
  }

  /** Takes the one to give up first; there must be one. */
  int evict() {
    int victim = first();
    remove(victim);
    return victim;
  }

  /** The one to give up first; there must be one. */
  int first() {
    int victim = NONE;
    for (int block : oldest) {
      if (block != NONE && (victim == NONE || usedAt[block] <= usedAt[victim])) {
        victim = block;
      }
    }
    return victim;
  }
}
