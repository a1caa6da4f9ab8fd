package io.penstock.engine.boot;

/** How much host memory preempted sequences' KV caches may take: pure arithmetic. */
final class SwapSizing {
  /** What a device with memory of its own gets when nothing is set. */
  static final long DEFAULT_BYTES = 4L << 30;

  /** Of the host's free memory a default takes no more than the eighth part: it is pinned. */
  static final int DEFAULT_SHARE = 8;

  private SwapSizing() {}

  /**
   * Blocks that fit. A cache in the host's own memory gets no swap space unless it is asked for:
   * the same memory makes a larger cache.
   *
   * @param wantedBytes the setting
   * @param ownMemory whether the device has memory of its own
   * @param blockBytes bytes of a block
   * @param hostBytes free memory of the host
   */
  static int slots(long wantedBytes, boolean ownMemory, long blockBytes, long hostBytes) {
    long bytes =
        wantedBytes != EngineOptions.DEFAULT_SWAP
            ? wantedBytes
            : ownMemory ? Math.clamp(hostBytes / DEFAULT_SHARE, 0, DEFAULT_BYTES) : 0;
    return (int) Math.min(bytes / blockBytes, Integer.MAX_VALUE);
  }
}
