package io.penstock.engine.sched;

import java.util.List;

/** Everything that waits, by tier. */
final class AdmissionQueue {
  private final TierQueue[] tiers;

  AdmissionQueue(SchedulingPolicy policy, double largestLag) {
    List<TierSettings> settings = policy.tiers();
    tiers = new TierQueue[settings.size()];
    for (int t = 0; t < tiers.length; t++) {
      tiers[t] = new TierQueue(new TenantAccounts(t, policy, largestLag));
    }
  }

  TierQueue tier(int tier) {
    return tiers[tier];
  }

  int tiers() {
    return tiers.length;
  }

  /** Puts a sequence where it belongs: among those that go on, or those that begin. */
  void add(Sequence sequence) {
    if (sequence.begun()) {
      tiers[sequence.tier].addResuming(sequence);
    } else {
      tiers[sequence.tier].add(sequence);
    }
  }

  void remove(Sequence sequence) {
    if (sequence.begun()) {
      tiers[sequence.tier].removeResuming(sequence);
    } else {
      tiers[sequence.tier].remove(sequence);
    }
  }

  /** Requests that wait for their first step. */
  int requests() {
    int requests = 0;
    for (TierQueue tier : tiers) {
      requests += tier.waitingRequests();
    }
    return requests;
  }

  long tokens() {
    long tokens = 0;
    for (TierQueue tier : tiers) {
      tokens += tier.waitingTokens();
    }
    return tokens;
  }

  void charge(Sequence sequence, double service) {
    tiers[sequence.tier].accounts.charge(sequence.account, service);
  }

  boolean mayCharge(Sequence sequence, double service) {
    return tiers[sequence.tier].accounts.mayCharge(sequence.account, service);
  }

  void checkInvariants() {
    for (TierQueue tier : tiers) {
      tier.checkInvariants();
    }
  }
}
