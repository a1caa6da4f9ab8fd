package io.penstock.engine.client;

import io.penstock.engine.core.WaitCause;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot of the engine. Counters grow from start; gauges are of now.
 *
 * @param running sequences in the batch (gauge)
 * @param waiting requests in the queue (gauge)
 * @param kvBlocksTotal size of the KV block pool
 * @param kvBlocksFree free blocks (gauge)
 * @param promptTokens prompt tokens computed (counter)
 * @param generationTokens tokens generated (counter)
 * @param steps engine steps (counter)
 * @param stepNanos time spent in steps, nanoseconds (counter)
 * @param deviceWaitNanos the part of it in which the engine's thread waited for the device,
 *     nanoseconds (counter); on a CPU that is where the model is computed
 * @param preemptions sequences put back for lack of blocks (counter)
 * @param swap host memory where some of them left their KV cache
 * @param tiers what runs and waits of each tier, by its ordinal; their sums are {@code running} and
 *     {@code waiting} but for requests that have only just arrived
 * @param prefixQueriedTokens tokens of prompts that began, which might have been found in the
 *     prefix cache (counter)
 * @param prefixCachedTokens those of them that were (counter)
 * @param waitsFor what those that wait wait for (gauge)
 * @param device the device's own figures, where it has some (gauges)
 */
public record EngineMetrics(
    int running,
    int waiting,
    int kvBlocksTotal,
    int kvBlocksFree,
    long promptTokens,
    long generationTokens,
    long steps,
    long stepNanos,
    long deviceWaitNanos,
    long preemptions,
    SwapMetrics swap,
    List<TierLoad> tiers,
    long prefixQueriedTokens,
    long prefixCachedTokens,
    WaitCause waitsFor,
    Optional<DeviceMetrics> device) {

  /**
   * @param running sequences in the batch
   * @param waiting sequences in the queue
   */
  public record TierLoad(int running, int waiting) {}

  /**
   * Time in steps that the engine's thread did not wait, nanoseconds (counter). With overlapped
   * steps the device computes meanwhile, unless this grows nearly as fast as {@code stepNanos}.
   */
  public long hostNanos() {
    return stepNanos - deviceWaitNanos;
  }

  /** Preempted sequences that are computed again (counter). */
  public long recomputes() {
    return preemptions - swap.offloads();
  }

  /** The same with another queue and with the device's figures. */
  public EngineMetrics with(int waiting, Optional<DeviceMetrics> device) {
    return new EngineMetrics(
        running,
        waiting,
        kvBlocksTotal,
        kvBlocksFree,
        promptTokens,
        generationTokens,
        steps,
        stepNanos,
        deviceWaitNanos,
        preemptions,
        swap,
        tiers,
        prefixQueriedTokens,
        prefixCachedTokens,
        waitsFor,
        device);
  }
}
