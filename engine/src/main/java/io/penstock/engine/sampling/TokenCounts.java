package io.penstock.engine.sampling;

import java.util.Arrays;

/**
 * How often each token was generated; a token that is only in the prompt counts 0. Open addressing
 * with linear probing, at most half full: no boxing in a step.
 */
final class TokenCounts {
  private static final int EMPTY = -1;

  private int[] ids;
  private int[] counts;
  private int size;

  TokenCounts() {
    ids = new int[64];
    counts = new int[64];
    Arrays.fill(ids, EMPTY);
  }

  /** Marks a token as seen. */
  void see(int id) {
    slot(id);
  }

  /** Counts one occurrence. */
  void add(int id) {
    int slot = slot(id); // may replace the arrays
    counts[slot]++;
  }

  /** Calls {@code action} for every token seen, in no particular order. */
  void forEach(Action action) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] != EMPTY) {
        action.accept(ids[i], counts[i]);
      }
    }
  }

  /** Every token seen, in no particular order. */
  int[] ids() {
    int[] seen = new int[size];
    int n = 0;
    for (int id : ids) {
      if (id != EMPTY) {
        seen[n++] = id;
      }
    }
    return seen;
  }

  /** The counts of tokens that were seen. */
  int[] of(int[] seen) {
    int[] result = new int[seen.length];
    for (int i = 0; i < seen.length; i++) {
      result[i] = counts[find(seen[i])];
    }
    return result;
  }

  @FunctionalInterface
  interface Action {
    void accept(int id, int count);
  }

  private int slot(int id) {
    if (size * 2 >= ids.length) {
      grow();
    }
    int slot = find(id);
    if (ids[slot] == EMPTY) {
      ids[slot] = id;
      size++;
    }
    return slot;
  }

  private int find(int id) {
    int mask = ids.length - 1;
    int slot = (id * 0x9E3779B9 >>> 7) & mask;
    while (ids[slot] != EMPTY && ids[slot] != id) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    int[] oldIds = ids;
    int[] oldCounts = counts;
    ids = new int[oldIds.length * 2];
    counts = new int[oldIds.length * 2];
    Arrays.fill(ids, EMPTY);
    for (int i = 0; i < oldIds.length; i++) {
      if (oldIds[i] != EMPTY) {
        int slot = find(oldIds[i]);
        ids[slot] = oldIds[i];
        counts[slot] = oldCounts[i];
      }
    }
  }
}
