package io.penstock.engine.sched;

import java.util.Arrays;

/**
 * Whether blocks last until the sequences of a batch have ended, when each grows as expected.
 *
 * <p>All grow by a token a step, so they end in the order of their growth. Just before the one with
 * growth g ends, it and all that grow longer have taken g blocks each at most; those that ended
 * before have given theirs back. Blocks last if they do at each of these moments. That admits
 * clearly more than asking that all could have grown to their end at the same time.
 *
 * <p>A prompt that is still being computed grows, and ends, a few steps later than assumed, and
 * blocks that choices share are never counted as given back. The first can be too hopeful by a
 * little: preemption covers it. The second is on the safe side.
 */
final class BlockForecast {
  private long[] ends = new long[64]; // growth << 32 | own blocks, ascending
  private int size;
  private boolean sorted;

  void clear() {
    size = 0;
  }

  /**
   * A sequence that runs already.
   *
   * @param growth blocks that it will still take, at most
   * @param ownBlocks blocks that it has and that are free when it ends
   */
  void add(int growth, int ownBlocks) {
    makeRoom();
    ends[size++] = end(growth, ownBlocks);
    sorted = false;
  }

  /**
   * Adds one more, if blocks last nevertheless.
   *
   * @param ownBlocks counted as taken already, so not among the free ones
   * @return whether they do
   */
  boolean tryAdd(int growth, int ownBlocks, int freeBlocks) {
    if (!sorted) {
      Arrays.sort(ends, 0, size);
      sorted = true;
    }
    makeRoom();
    long end = end(growth, ownBlocks);
    int place = Arrays.binarySearch(ends, 0, size, end);
    place = place < 0 ? -1 - place : place;
    System.arraycopy(ends, place, ends, place + 1, size - place);
    ends[place] = end;
    size++;
    if (lasts(freeBlocks)) {
      return true;
    }
    System.arraycopy(ends, place + 1, ends, place, size - place - 1);
    size--;
    return false;
  }

  private boolean lasts(int freeBlocks) {
    long available = freeBlocks;
    for (int i = 0; i < size; i++) {
      long growth = ends[i] >>> 32;
      if (growth * (size - i) > available) {
        return false;
      }
      available += (int) ends[i];
    }
    return true;
  }

  private void makeRoom() {
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
    }
  }

  private static long end(int growth, int ownBlocks) {
    return (long) growth << 32 | ownBlocks;
  }
}
