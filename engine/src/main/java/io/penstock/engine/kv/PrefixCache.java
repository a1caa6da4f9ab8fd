package io.penstock.engine.kv;

import java.util.Arrays;

/**
 * Finds blocks that hold a prompt's beginning already (automatic prefix caching). Full blocks are
 * published under their name ({@link BlockHashes}) as soon as the step that computes them is
 * launched; whoever is planned later may use them. When their last owner has left they stay
 * reusable until the pool needs them.
 *
 * <p>A name is a hash, so a find is checked against the block's tokens: a collision of names costs
 * a miss, never a wrong answer. (That the blocks before are right follows from the name before,
 * which is part of the hash.)
 *
 * <p>For one thread. Integers only, like all of this package.
 */
public final class PrefixCache {
  private final BlockPool pool;
  private final int blockSize;
  private final long secret;
  private final LongIntMap byName;
  private final long[] nameOf; // 0 when not published
  private final int[] contents; // tokens, blockSize for each block

  /**
   * @param secret of the process; with the same one the same calls give the same names
   */
  public PrefixCache(BlockPool pool, long secret) {
    this.pool = pool;
    this.blockSize = pool.blockSize();
    this.secret = secret;
    this.byName = new LongIntMap(pool.totalBlocks());
    this.nameOf = new long[pool.totalBlocks()];
    this.contents = new int[Math.multiplyExact(pool.totalBlocks(), blockSize)];
    pool.onEviction(this::forget);
  }

  /** The salt of a group that shares; different groups get different ones. */
  public long salt(String group) {
    long hash = BlockHashes.mix(secret ^ group.length());
    for (int i = 0; i < group.length(); i++) {
      hash = BlockHashes.mix(hash ^ group.charAt(i));
    }
    return hash;
  }

  public BlockHashes hashes(long salt) {
    return new BlockHashes(salt, blockSize);
  }

  /**
   * @param mostBlocks no more than these
   * @return leading blocks of the tokens that are there
   */
  public int find(BlockHashes names, int[] tokens, int mostBlocks) {
    int most = Math.min(mostBlocks, names.count());
    int found = 0;
    while (found < most && blockOf(names, tokens, found) != BlockPool.NONE) {
      found++;
    }
    return found;
  }

  /** Lets an empty table begin with the first {@code count} blocks, which {@link #find} found. */
  public void attach(BlockTable table, BlockHashes names, int[] tokens, int count) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = blockOf(names, tokens, i);
    }
    table.adopt(ids);
  }

  /**
   * Makes a full block known. If its name is taken, by one with the same content, nothing changes.
   *
   * @param index of the block in its sequence
   * @param priority class that decides how long it stays, 0 highest
   */
  public void publish(int block, BlockHashes names, int[] tokens, int index, int priority) {
    long name = names.name(index);
    if (nameOf[block] != 0 || byName.get(name) != LongIntMap.NONE) {
      return;
    }
    byName.put(name, block);
    nameOf[block] = name;
    System.arraycopy(tokens, index * blockSize, contents, block * blockSize, blockSize);
    pool.keep(block, priority);
  }

  /** Forgets everything: after a failed step nobody knows what the blocks hold. */
  public void clear() {
    for (int block = 0; block < nameOf.length; block++) {
      if (nameOf[block] != 0) {
        nameOf[block] = 0;
        pool.keepNoLonger(block);
      }
    }
    byName.clear();
  }

  /** Blocks that could be found. */
  public int size() {
    return byName.size();
  }

  private int blockOf(BlockHashes names, int[] tokens, int index) {
    int block = byName.get(names.name(index));
    boolean same =
        block != LongIntMap.NONE
            && Arrays.equals(
                contents,
                block * blockSize,
                (block + 1) * blockSize,
                tokens,
                index * blockSize,
                (index + 1) * blockSize);
    return same ? block : BlockPool.NONE;
  }

  private void forget(int block) {
    byName.remove(nameOf[block]);
    nameOf[block] = 0;
  }

  /**
   * Checks that names and blocks map to each other; for tests, O(blocks).
   *
   * @throws IllegalStateException naming the first block that does not
   */
  public void checkInvariants() {
    int published = 0;
    for (int block = 0; block < nameOf.length; block++) {
      published += nameOf[block] != 0 ? 1 : 0;
      if (nameOf[block] != 0 && byName.get(nameOf[block]) != block) {
        throw new IllegalStateException("block " + block + " is not found under its name");
      }
      if ((nameOf[block] != 0) != pool.isKept(block)) {
        throw new IllegalStateException(
            "block " + block + " is kept without a name or the reverse");
      }
    }
    if (published != byName.size()) {
      throw new IllegalStateException(
          "%d blocks have names, %d names have blocks".formatted(published, byName.size()));
    }
  }
}
