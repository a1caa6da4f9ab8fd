package io.penstock.engine.backend.cuda;

/**
 * How much device memory is left for the KV cache: pure arithmetic, in bytes.
 *
 * @param totalBytes memory of the device
 * @param freeBytes free now, everything but the cache being allocated
 * @param usedBytes taken by this engine so far
 * @param reserveBytes still to come: recorded graphs, and what the driver takes for itself
 * @param utilization share of the device's memory that this engine may use
 */
record CacheBudget(
    long totalBytes, long freeBytes, long usedBytes, long reserveBytes, double utilization) {

  /** A graph of a few hundred kernels takes less than this. */
  private static final long GRAPH_BYTES = 6L << 20;

  /** What the driver takes by and by: code loaded late, local memory of kernels, pools. */
  private static final long DRIVER_BYTES = 192L << 20;

  /**
   * What is still to come.
   *
   * @param graphs that may yet be recorded
   */
  static long reserve(int graphs) {
    return graphs * GRAPH_BYTES + DRIVER_BYTES;
  }

  /** What the cache may take; 0 or less when nothing is left. */
  long bytes() {
    long share = (long) (totalBytes * utilization) - usedBytes - reserveBytes;
    return Math.min(share, freeBytes - reserveBytes);
  }

  /** For the message that nothing is left. */
  String explain() {
    return "gpu-memory-utilization %.2f of %s is %s; weights, activations and workspaces take %s, %s are reserved, and %s are free on the device"
        .formatted(
            utilization,
            gib(totalBytes),
            gib((long) (totalBytes * utilization)),
            gib(usedBytes),
            gib(reserveBytes),
            gib(freeBytes));
  }

  private static String gib(long bytes) {
    return "%.2f GiB".formatted(bytes / (double) (1L << 30));
  }
}
