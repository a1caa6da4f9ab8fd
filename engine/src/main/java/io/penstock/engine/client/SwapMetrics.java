package io.penstock.engine.client;

/**
 * Host memory for the KV caches of preempted sequences.
 *
 * @param blocksTotal KV blocks that it holds, 0 when there is none
 * @param blocksFree free ones (gauge)
 * @param offloads preempted sequences whose cache was moved there (counter)
 * @param copiedBytes bytes copied there and back (counter)
 */
public record SwapMetrics(int blocksTotal, int blocksFree, long offloads, long copiedBytes) {
  public static final SwapMetrics NONE = new SwapMetrics(0, 0, 0, 0);
}
