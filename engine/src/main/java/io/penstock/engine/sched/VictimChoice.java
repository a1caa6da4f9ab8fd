package io.penstock.engine.sched;

import java.util.List;

/**
 * Who yields when blocks or places run out: the lowest tier, of it the tenant that was served most,
 * of it the least urgent, and of those the latest.
 */
final class VictimChoice {
  private VictimChoice() {}

  /** Of the running sequences, or null when there is none. */
  static Sequence of(List<Sequence> running) {
    return below(running, -1, null);
  }

  /**
   * Of those in tiers below {@code tier}; null when there is none.
   *
   * @param shares tiers that are owed service are spared; null to spare none
   */
  static Sequence below(List<Sequence> running, int tier, TierShares shares) {
    Sequence victim = null;
    for (Sequence candidate : running) {
      if (candidate.state == Sequence.State.RUNNING
          && candidate.tier > tier
          && (shares == null || !shares.isOwed(candidate.tier))
          && (victim == null || yieldsBefore(candidate, victim))) {
        victim = candidate;
      }
    }
    return victim;
  }

  /** The latest of one tenant; null when none of it runs. */
  static Sequence ofTenant(List<Sequence> running, TenantAccount account) {
    Sequence victim = null;
    for (Sequence candidate : running) {
      if (candidate.state == Sequence.State.RUNNING
          && candidate.account == account
          && (victim == null || yieldsBefore(candidate, victim))) {
        victim = candidate;
      }
    }
    return victim;
  }

  /** Who of a tier would yield last; null when there is none of it. */
  static Sequence lastOf(List<Sequence> some, int tier) {
    Sequence last = null;
    for (Sequence candidate : some) {
      if (candidate.tier == tier && (last == null || yieldsBefore(last, candidate))) {
        last = candidate;
      }
    }
    return last;
  }

  static boolean yieldsBefore(Sequence a, Sequence b) {
    if (a.tier != b.tier) {
      return a.tier > b.tier;
    }
    if (a.account != b.account && a.account.counter != b.account.counter) {
      return a.account.counter > b.account.counter;
    }
    return a.priority != b.priority ? a.priority > b.priority : a.id > b.id;
  }
}
