package io.penstock.engine.boot;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.TierSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Who goes first, as an operator says it.
 *
 * @param tiers by the tier's ordinal; what is said of tiers and tenants counts in {@link
 *     Policy#FAIR} only
 * @param maxQueuedPerTenant requests of one tenant that may wait in a tier, unless its own terms
 *     say otherwise; 0 for no bound of its own
 * @param interposedSteps whether prompts of the priority tier may be computed amid a running step,
 *     where the device can; takes a little of its memory
 */
public record SchedulingOptions(
    Policy policy, List<Tier> tiers, int maxQueuedPerTenant, boolean interposedSteps) {
  public static final boolean DEFAULT_INTERPOSED_STEPS = true;

  /**
   * Steps of 70 to 90 ms, which on a few cores are a small model's prompt and its streams, and
   * which a step's fixed cost does not dominate.
   */
  static final Duration CPU_FIRST_TOKEN = Duration.ofMillis(220);

  /** Weighted tokens. */
  private static final double CPU_WINDOW = 512;

  /** Every tier as the scheduler has it by itself. */
  public static final SchedulingOptions DEFAULT =
      new SchedulingOptions(
          Policy.FAIR,
          SchedulingPolicy.FAIR.tiers().stream().map(Tier::of).toList(),
          0,
          DEFAULT_INTERPOSED_STEPS);

  /** The same for throughput alone: steps are as long as their token budget makes them. */
  public SchedulingOptions withoutTargets() {
    return withTargets(_ -> Duration.ZERO);
  }

  /** The same without targets between tokens, and with others to the first token. */
  private SchedulingOptions withTargets(UnaryOperator<Duration> toFirstToken) {
    return new SchedulingOptions(
        policy,
        tiers.stream()
            .map(
                tier ->
                    new Tier(
                        tier.minimumShare(),
                        Duration.ZERO,
                        toFirstToken.apply(tier.timeToFirstTokenTarget()),
                        tier.maxQueuedRequests(),
                        tier.maxQueuedTokens()))
            .toList(),
        maxQueuedPerTenant,
        interposedSteps);
  }

  /** The same with or without steps amid others. */
  public SchedulingOptions withInterposedSteps(boolean wanted) {
    return new SchedulingOptions(policy, tiers, maxQueuedPerTenant, wanted);
  }

  /** The same with another policy. */
  public SchedulingOptions with(Policy other) {
    return new SchedulingOptions(other, tiers, maxQueuedPerTenant, interposedSteps);
  }

  /**
   * On a CPU, whose steps are longer than targets that suit a GPU: as said, but where targets are
   * the default, {@link #CPU_FIRST_TOKEN} for tiers that have one to the first token, and none
   * between tokens.
   */
  private SchedulingOptions onCpu() {
    return targets().equals(DEFAULT.targets())
        ? withTargets(usual -> usual.isPositive() ? CPU_FIRST_TOKEN : usual)
        : this;
  }

  /** The same; and tenants are told apart by less service, as a second has less of it. */
  SchedulingPolicy toCpuPolicy() {
    SchedulingPolicy usual = onCpu().toPolicy();
    double scale = Math.min(1, CPU_WINDOW / usual.window());
    return usual.window() == 0 ? usual : usual.with(scale * usual.window(), scale * usual.credit());
  }

  /** Whether some prompts go before others and get steps of their own length. */
  boolean hurries() {
    return policy == Policy.FAIR
        && tiers.stream().anyMatch(tier -> tier.timeToFirstTokenTarget().isPositive());
  }

  /** Whether some prompts may be computed amid a running step. */
  boolean interposes() {
    return interposedSteps
        && hurries()
        && toPolicy().tiers().stream().anyMatch(tier -> tier.interposeNanos() > 0);
  }

  private List<Duration> targets() {
    return tiers.stream()
        .flatMap(tier -> Stream.of(tier.interTokenTarget(), tier.timeToFirstTokenTarget()))
        .toList();
  }

  /** In which order. */
  public enum Policy {
    /** Tiers with minimum shares, then tenants by what they got, then a request's priority. */
    FAIR,
    /** Arrival. */
    FCFS,
    /** A request's priority, then arrival. */
    PRIORITY,
    /** Tenants by what they got, as in the paper (arXiv 2401.00588). */
    VTC
  }

  /**
   * @param minimumShare of the service, while it waits
   * @param interTokenTarget longest time between two tokens of an answer; zero for none
   * @param timeToFirstTokenTarget how long a short prompt that goes before others should take to
   *     its first token: it waits for the step that runs, the one launched behind it, and its own,
   *     which are kept as short as that takes; zero for none
   * @param maxQueuedRequests that may wait; 0 for no bound of its own
   * @param maxQueuedTokens that may wait, prompts and most outputs; 0 for no bound
   */
  public record Tier(
      double minimumShare,
      Duration interTokenTarget,
      Duration timeToFirstTokenTarget,
      int maxQueuedRequests,
      long maxQueuedTokens) {

    private static Tier of(TierSettings settings) {
      return new Tier(
          settings.minimumShare(),
          Duration.ofNanos(settings.stepNanos()),
          Duration.ofNanos(settings.firstTokenNanos()),
          settings.maxQueuedRequests(),
          settings.maxQueuedTokens());
    }

    /**
     * The steps share the target as they do in the scheduler's own settings of the tier or, where
     * those have no target, of the best tier.
     */
    private TierSettings settings(int ordinal) {
      List<TierSettings> tiers = SchedulingPolicy.FAIR.tiers();
      TierSettings own = tiers.get(ordinal);
      own = own.firstTokenNanos() > 0 ? own : tiers.getFirst();
      double scale = (double) timeToFirstTokenTarget.toNanos() / own.firstTokenNanos();
      return new TierSettings(
          minimumShare,
          interTokenTarget.toNanos(),
          Math.round(scale * own.firstTokenStepNanos()),
          Math.round(scale * own.othersStepNanos()),
          Math.round(scale * own.interposeNanos()),
          maxQueuedRequests,
          maxQueuedTokens);
    }
  }

  public SchedulingOptions {
    tiers = List.copyOf(tiers);
    if (tiers.size() != ServiceTier.values().length) {
      throw new IllegalArgumentException("options of each tier are needed, not " + tiers.size());
    }
  }

  SchedulingPolicy toPolicy() {
    return switch (policy) {
      case FAIR ->
          SchedulingPolicy.FAIR.with(
              IntStream.range(0, tiers.size()).mapToObj(i -> tiers.get(i).settings(i)).toList(),
              maxQueuedPerTenant);
      case FCFS -> SchedulingPolicy.FCFS;
      case PRIORITY -> SchedulingPolicy.PRIORITY;
      case VTC -> SchedulingPolicy.VTC;
    };
  }
}
