package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.List;

/**
 * Who goes first.
 *
 * @param byTier whether tiers differ; if not, all are one
 * @param byTenant whether tenants have accounts of their own; if not, all are one
 * @param byPriority whether a request's priority orders its tenant's requests
 * @param tiers settings by the tier's ordinal
 * @param weights what tokens count
 * @param measuredWeights whether the weights follow the measured cost once that is known
 * @param window Q: among tenants whose counters are no more than this above the least, the longest
 *     cached prefix wins, then the earliest arrival; in weighted tokens
 * @param credit C: how far below the others a tenant may start that begins to wait, in weighted
 *     tokens. Above the window, a tenant that asks rarely goes ahead of those that always wait
 * @param maxQueuedPerTenant requests of one tenant that may wait in a tier, unless its own terms
 *     say otherwise; 0 for the scheduler's bound
 */
public record SchedulingPolicy(
    boolean byTier,
    boolean byTenant,
    boolean byPriority,
    List<TierSettings> tiers,
    ServiceWeights weights,
    boolean measuredWeights,
    double window,
    double credit,
    int maxQueuedPerTenant) {

  private static final TierSettings ANY = new TierSettings(0, 0, 0, 0, 0, 0, 0);
  private static final List<TierSettings> ALIKE = List.of(ANY, ANY, ANY, ANY);

  /** Steps of 30 ms are what an 8B model needs on an H100 to use it well. */
  private static final List<TierSettings> TIERS =
      List.of(
          tier(0, 35, 18, 25, 2),
          tier(0.2, 50, 20, 16, 0),
          tier(0.05, 100, 0, 0, 0),
          tier(0.02, 0, 0, 0, 0));

  /** By arrival alone. */
  public static final SchedulingPolicy FCFS =
      new SchedulingPolicy(false, false, false, ALIKE, ServiceWeights.DEFAULT, false, 0, 0, 0);

  /** By priority, then arrival, as vLLM's {@code --scheduling-policy priority}. */
  public static final SchedulingPolicy PRIORITY =
      new SchedulingPolicy(false, false, true, ALIKE, ServiceWeights.DEFAULT, false, 0, 0, 0);

  /** Virtual token counters as in the paper. */
  public static final SchedulingPolicy VTC =
      new SchedulingPolicy(false, true, false, ALIKE, ServiceWeights.DEFAULT, false, 0, 0, 0);

  /** All of it. */
  public static final SchedulingPolicy FAIR =
      new SchedulingPolicy(true, true, true, TIERS, ServiceWeights.DEFAULT, true, 2048, 4096, 0);

  public SchedulingPolicy {
    tiers = List.copyOf(tiers);
    if (tiers.size() != ServiceTier.values().length) {
      throw new IllegalArgumentException("settings of each tier are needed, not " + tiers.size());
    }
    double shares = tiers.stream().mapToDouble(TierSettings::minimumShare).sum();
    if (shares >= 1) {
      throw new IllegalArgumentException("minimum shares must leave something, not be " + shares);
    }
    if (!(window >= 0 && credit >= 0) || maxQueuedPerTenant < 0) {
      throw new IllegalArgumentException("window, credit and bounds cannot be negative");
    }
  }

  private static TierSettings tier(
      double share,
      int stepMillis,
      int firstTokenStepMillis,
      int othersStepMillis,
      int interposeMillis) {
    return new TierSettings(
        share,
        Duration.ofMillis(stepMillis).toNanos(),
        Duration.ofMillis(firstTokenStepMillis).toNanos(),
        Duration.ofMillis(othersStepMillis).toNanos(),
        Duration.ofMillis(interposeMillis).toNanos(),
        0,
        0);
  }

  /** The same with other settings of the tiers. */
  public SchedulingPolicy with(List<TierSettings> tiers) {
    return with(tiers, maxQueuedPerTenant);
  }

  /** The same with other settings of the tiers, and another bound of what a tenant has waiting. */
  public SchedulingPolicy with(List<TierSettings> tiers, int maxQueuedPerTenant) {
    return new SchedulingPolicy(
        byTier,
        byTenant,
        byPriority,
        tiers,
        weights,
        measuredWeights,
        window,
        credit,
        maxQueuedPerTenant);
  }

  /** The same with other weights, which stay. */
  public SchedulingPolicy with(ServiceWeights weights) {
    return new SchedulingPolicy(
        byTier, byTenant, byPriority, tiers, weights, false, window, credit, maxQueuedPerTenant);
  }

  /** The same with another window and credit. */
  public SchedulingPolicy with(double window, double credit) {
    return new SchedulingPolicy(
        byTier,
        byTenant,
        byPriority,
        tiers,
        weights,
        measuredWeights,
        window,
        credit,
        maxQueuedPerTenant);
  }

  /** Those that requests of a tier are served by. */
  public TierSettings settings(ServiceTier tier) {
    return tiers.get(indexOf(tier));
  }

  private int indexOf(ServiceTier tier) {
    return byTier ? tier.ordinal() : 0;
  }

  int tierOf(SchedulingRequest request) {
    return indexOf(request.tier());
  }

  String tenantOf(SchedulingRequest request) {
    return byTenant ? request.tenant() : "";
  }

  int priorityOf(SchedulingRequest request) {
    return byPriority ? request.priority() : 0;
  }
}
