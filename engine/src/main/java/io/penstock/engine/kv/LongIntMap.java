package io.penstock.engine.kv;

import java.util.Arrays;

/**
 * From a 64-bit hash, never 0, to an int: open addressing with linear probing, at most half full.
 * Keys are hashes already and are taken as they are. Nothing is allocated after construction.
 */
final class LongIntMap {
  static final int NONE = -1;

  private final long[] keys; // 0 is no key
  private final int[] values;
  private final int mask;
  private int size;

  /**
   * @param capacity most entries
   */
  LongIntMap(int capacity) {
    int length = Integer.highestOneBit(Math.max(4, capacity)) << 2;
    keys = new long[length];
    values = new int[length];
    mask = length - 1;
  }

  int get(long key) {
    for (int i = (int) key & mask; keys[i] != 0; i = i + 1 & mask) {
      if (keys[i] == key) {
        return values[i];
      }
    }
    return NONE;
  }

  void put(long key, int value) {
    int i = (int) key & mask;
    while (keys[i] != 0 && keys[i] != key) {
      i = i + 1 & mask;
    }
    size += keys[i] == 0 ? 1 : 0;
    keys[i] = key;
    values[i] = value;
  }

  /** Moves back what was only further along because of the removed entry: no tombstones. */
  void remove(long key) {
    int hole = (int) key & mask;
    while (keys[hole] != key) {
      if (keys[hole] == 0) {
        return;
      }
      hole = hole + 1 & mask;
    }
    size--;
    for (int i = hole + 1 & mask; keys[i] != 0; i = i + 1 & mask) {
      int home = (int) keys[i] & mask;
      if ((i - home & mask) >= (i - hole & mask)) {
        keys[hole] = keys[i];
        values[hole] = values[i];
        hole = i;
      }
    }
    keys[hole] = 0;
  }

  int size() {
    return size;
  }

  void clear() {
    Arrays.fill(keys, 0);
    size = 0;
  }
}
