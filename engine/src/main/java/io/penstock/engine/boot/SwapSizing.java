package io.penstock.engine.boot;

import io.penstock.engine.core.ModelLoadException;

/** How much host memory preempted sequences' KV caches may take: pure arithmetic. */
final class SwapSizing {
  /**
   * What is preempted at one time is what was admitted too much: 512 requests of 1,000 and 1,000
   * tokens in a cache for 270 of them put a fifth of it on the host.
   */
  static final int DEFAULT_CACHE_SHARE = 4;

  /** Of the host's free memory a default takes no more than the eighth part: it is pinned. */
  static final int DEFAULT_HOST_SHARE = 8;

  private SwapSizing() {}

  /**
   * Blocks that fit. A cache in the host's own memory gets no swap space unless it is asked for:
   * the same memory makes a larger cache.
   *
   * @param wantedBytes the setting
   * @param ownMemory whether the device has memory of its own
   * @param blockBytes bytes of a block
   * @param cacheBlocks blocks of the cache
   * @param hostBytes free memory of the host
   * @throws ModelLoadException when the host has less than what is set
   */
  static int slots(
      long wantedBytes, boolean ownMemory, long blockBytes, int cacheBlocks, long hostBytes) {
    if (wantedBytes == EngineOptions.DEFAULT_SWAP) {
      long share = Math.max(0, hostBytes / DEFAULT_HOST_SHARE / blockBytes);
      return ownMemory ? (int) Math.min(cacheBlocks / DEFAULT_CACHE_SHARE, share) : 0;
    }
    if (wantedBytes > Math.max(0, hostBytes)) {
      throw new ModelLoadException(
          "swap-space is %d MiB, but the host has only %d MiB left; lower it, 0 turns it off"
              .formatted(wantedBytes >> 20, Math.max(0, hostBytes) >> 20));
    }
    return (int) Math.min(wantedBytes / blockBytes, Integer.MAX_VALUE);
  }
}
