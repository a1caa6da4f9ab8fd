package io.penstock.engine.sched;

import io.penstock.engine.sched.Submission.QueueFull;
import io.penstock.engine.sched.Submission.QueueFull.Bound;
import java.util.Locale;

/**
 * Whether one more request may wait. There are bounds by tenant (in a tier), by tier, and in all.
 * Where a tier or the engine is full, an arrival may take the place of a request that waits: the
 * last one of the lowest tier below its own, or, in its own tier, of the tenant whose queue is the
 * longest for its weight, if that is longer than its own would be. So overload is answered by the
 * lowest tier and by those who cause it.
 */
final class QueueLimits {
  private final SchedulerConfig config;
  private final SchedulingPolicy policy;
  private final AdmissionQueue queue;
  private final WaitEstimate waits;

  QueueLimits(SchedulerConfig config, AdmissionQueue queue, WaitEstimate waits) {
    this.config = config;
    this.policy = config.policy();
    this.queue = queue;
    this.waits = waits;
  }

  /**
   * What is to be done.
   *
   * @param refusal of the arrival, or null
   * @param displaced gives its place up for it, or null
   */
  record Verdict(QueueFull refusal, Sequence displaced) {
    static final Verdict ROOM = new Verdict(null, null);
  }

  Verdict check(SchedulingRequest request, TenantAccount account) {
    QueueFull tenantFull = tenant(request, account);
    if (tenantFull != null) {
      return new Verdict(tenantFull, null);
    }
    Sequence displaced = null;
    if (tierIsFull(request, account.tier)) {
      displaced = longestOther(request, account);
      if (displaced == null) {
        return new Verdict(tierFull(request, account.tier), null);
      }
    }
    if (displaced == null && queue.requests() >= config.maxQueuedRequests()) {
      displaced = ofLowerTier(account.tier);
      displaced = displaced == null ? longestOther(request, account) : displaced;
      if (displaced == null) {
        return new Verdict(engineFull(account.tier), null);
      }
    }
    return displaced == null ? Verdict.ROOM : new Verdict(null, displaced);
  }

  // ---- a tenant

  private QueueFull tenant(SchedulingRequest request, TenantAccount account) {
    int most =
        request.terms().maxQueuedRequests() > 0
            ? request.terms().maxQueuedRequests()
            : policy.maxQueuedPerTenant();
    long mostTokens = request.terms().maxQueuedTokens();
    boolean tooMany = most > 0 && account.waiting.size() >= most;
    boolean tooLong =
        mostTokens > 0
            && account.waitingTokens > 0
            && account.waitingTokens + request.tokens() > mostTokens;
    if (!policy.byTenant() || !tooMany && !tooLong) {
      return null;
    }
    return new QueueFull(
        tooMany ? Bound.TENANT : Bound.TENANT_TOKENS,
        tooMany
            ? "%d requests of this tenant are waiting, which is its limit; try again later."
                .formatted(account.waiting.size())
            : "Requests of %d tokens of this tenant are waiting, its limit is %d; try again later."
                .formatted(account.waitingTokens, mostTokens),
        (long) (waits.untilStart(account) / Math.max(1, account.waiting.size())));
  }

  // ---- a tier

  private boolean tierIsFull(SchedulingRequest request, int tier) {
    TierSettings settings = policy.tiers().get(tier);
    TierQueue waiting = queue.tier(tier);
    return settings.maxQueuedRequests() > 0
            && waiting.waitingRequests() >= settings.maxQueuedRequests()
        || settings.maxQueuedTokens() > 0
            && waiting.waitingTokens() > 0
            && waiting.waitingTokens() + request.tokens() > settings.maxQueuedTokens();
  }

  private QueueFull tierFull(SchedulingRequest request, int tier) {
    TierQueue waiting = queue.tier(tier);
    return new QueueFull(
        Bound.TIER,
        "%d requests of %d tokens of tier %s are waiting, which is the limit; try again later."
            .formatted(
                waiting.waitingRequests(),
                waiting.waitingTokens(),
                request.tier().name().toLowerCase(Locale.ROOT)),
        untilOneBegan(tier));
  }

  // ---- the engine

  private QueueFull engineFull(int tier) {
    return new QueueFull(
        Bound.ENGINE,
        "%d requests are waiting, which is the limit; try again later.".formatted(queue.requests()),
        untilOneBegan(tier));
  }

  /** All of higher tiers go first, then one of this tier. */
  private long untilOneBegan(int tier) {
    WaitingWork ahead = new WaitingWork();
    for (int higher = 0; higher < tier; higher++) {
      ahead.add(queue.tier(higher).work);
    }
    WaitingWork own = queue.tier(tier).work;
    if (own.requests > 0) {
      ahead.add(own.times(1.0 / own.requests));
    }
    return waits.untilBegun(ahead, 1);
  }

  // ---- who gives up its place

  private Sequence ofLowerTier(int tier) {
    for (int lowest = queue.tiers() - 1; lowest > tier; lowest--) {
      TenantAccount longest = queue.tier(lowest).longest();
      if (longest != null) {
        return longest.waiting.last();
      }
    }
    return null;
  }

  private Sequence longestOther(SchedulingRequest request, TenantAccount account) {
    TenantAccount longest = queue.tier(account.tier).longest();
    boolean isLonger =
        longest != null
            && longest != account
            && longest.waitingTokens / longest.weight
                > (account.waitingTokens + request.tokens()) / account.weight;
    return isLonger ? longest.waiting.last() : null;
  }
}
