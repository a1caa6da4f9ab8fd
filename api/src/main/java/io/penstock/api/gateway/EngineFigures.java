package io.penstock.api.gateway;

import io.penstock.api.platform.ServiceTiers;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.WaitCause;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An engine's figures as those who watch see them.
 *
 * @param running sequences in the batch
 * @param waiting requests in the queue
 * @param maxRunning most sequences in the batch; 0 when that is not told
 * @param kvBlockTokens tokens of a block; 0 when that is not told, as {@code kvBlockBytes}
 * @param generationTokens counter, as all that follow but {@code tiers} and {@code device}
 * @param stepSeconds time in steps
 * @param waitsFor what those that wait wait for: place, cache, step; null when nobody waits
 * @param device null where there is none that tells
 */
public record EngineFigures(
    int running,
    int waiting,
    int maxRunning,
    int kvBlocksTotal,
    int kvBlocksFree,
    int kvBlockTokens,
    long kvBlockBytes,
    long generationTokens,
    long promptTokens,
    long prefixQueriedTokens,
    long prefixCachedTokens,
    long preemptions,
    double stepSeconds,
    List<Tier> tiers,
    String waitsFor,
    Device device) {

  /** What of a tier runs and waits. */
  public record Tier(String tier, int running, int waiting) {}

  /**
   * A device as a whole; a figure that it does not tell is negative.
   *
   * @param computedSeconds counter
   */
  public record Device(
      long memoryUsedBytes,
      long memoryTotalBytes,
      double utilizationPercent,
      double powerWatts,
      double computedSeconds) {
    private static Device of(DeviceMetrics d) {
      return new Device(
          d.memoryUsedBytes(),
          d.memoryTotalBytes(),
          d.utilizationPercent(),
          d.powerWatts(),
          d.computedNanos() / 1e9);
    }
  }

  static EngineFigures of(ModelInfo info, EngineMetrics m) {
    List<Tier> tiers = new ArrayList<>();
    for (ServiceTier tier : ServiceTier.values()) {
      if (tier.ordinal() < m.tiers().size()) {
        EngineMetrics.TierLoad load = m.tiers().get(tier.ordinal());
        tiers.add(new Tier(ServiceTiers.name(tier), load.running(), load.waiting()));
      }
    }
    return new EngineFigures(
        m.running(),
        m.waiting(),
        info.maxNumSeqs(),
        m.kvBlocksTotal(),
        m.kvBlocksFree(),
        info.kvBlockTokens(),
        info.kvBlockBytes(),
        m.generationTokens(),
        m.promptTokens(),
        m.prefixQueriedTokens(),
        m.prefixCachedTokens(),
        m.preemptions(),
        m.stepNanos() / 1e9,
        tiers,
        m.waitsFor() == WaitCause.NONE ? null : m.waitsFor().name().toLowerCase(Locale.ROOT),
        m.device().map(Device::of).orElse(null));
  }
}
