package io.penstock.engine.kv;

import java.util.Arrays;

/**
 * The names of a sequence's full blocks: each is a hash of the block's tokens and of the name
 * before, so equal names mean equal tokens from the very beginning, and an equal salt.
 *
 * <p>64 bits, keyed by a secret of the process, so that nobody can look for prompts that collide.
 */
public final class BlockHashes {
  private final long salt;
  private final int blockSize;
  private long[] names;
  private int count;

  /**
   * @param salt of {@link PrefixCache#salt}: sequences of different salts share nothing
   */
  BlockHashes(long salt, int blockSize) {
    this.salt = salt;
    this.blockSize = blockSize;
    this.names = new long[8];
  }

  /** Names the blocks that the first {@code length} tokens fill. */
  public void extend(int[] tokens, int length) {
    int blocks = length / blockSize;
    if (blocks > names.length) {
      names = Arrays.copyOf(names, Math.max(blocks, 2 * names.length));
    }
    for (; count < blocks; count++) {
      long hash = count == 0 ? salt : names[count - 1];
      for (int t = count * blockSize; t < (count + 1) * blockSize; t++) {
        hash = mix(hash ^ tokens[t]);
      }
      hash = mix(hash);
      names[count] = hash == 0 ? 1 : hash; // 0 is no name
    }
  }

  public int count() {
    return count;
  }

  public long name(int block) {
    return names[block];
  }

  /**
   * A multiplication to the upper half and back: as strong as a hash table needs, one cycle a bit.
   */
  static long mix(long x) {
    long high = Math.unsignedMultiplyHigh(x ^ 0x9E3779B97F4A7C15L, 0xD6E8FEB86659FD93L);
    long low = (x ^ 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
    return high ^ Long.rotateLeft(low, 23);
  }
}
