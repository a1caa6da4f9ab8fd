package io.penstock.engine.sched;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The virtual token counters (VTC, arXiv 2401.00588) of one tier's tenants.
 *
 * <p>Virtual time V is the largest of all least counters at which somebody was chosen. Invariants,
 * with weight ω, window Q, credit C and U = max(w_p * longest prompt, w_q * tokens of the cache):
 *
 * <ul>
 *   <li>whoever waits has a counter of at least V - C: it is lifted there when it begins to wait,
 *       and V only moves to a counter that all who wait have reached;
 *   <li>nobody's counter exceeds V + Q + U / ω: it is chosen below V + Q, and charges that would
 *       exceed it are refused while somebody else waits. While nobody does, V follows instead: who
 *       used an idle machine owes nothing for it.
 * </ul>
 *
 * So two tenants that wait through an interval differ in service by weight by at most {@link
 * #serviceGapBound}.
 */
final class TenantAccounts {
  /** Accounts beyond so many are looked through for ones that say nothing any more. */
  private static final int PRUNE_ABOVE = 1024;

  private final int tier;
  private final double window;
  private final double credit;
  private final double largestLag; // U
  private final Map<String, TenantAccount> accounts = new HashMap<>();
  private int pruneAt = PRUNE_ABOVE;
  private int waitingTenants;
  private double virtualTime;

  /**
   * @param largestLag U, weighted tokens
   */
  TenantAccounts(int tier, SchedulingPolicy policy, double largestLag) {
    this.tier = tier;
    this.window = policy.window();
    this.credit = policy.credit();
    this.largestLag = largestLag;
  }

  static double largestLag(ServiceWeights weights, int longestPrompt, long cacheTokens) {
    return Math.max(weights.prefill() * longestPrompt, weights.decode() * cacheTokens);
  }

  /** Largest difference in service by weight of two tenants that wait during an interval. */
  double serviceGapBound(double leastWeight) {
    return 2 * (largestLag / leastWeight + window + credit);
  }

  TenantAccount of(String tenant) {
    TenantAccount account = accounts.get(tenant);
    if (account == null) {
      prune();
      account = new TenantAccount(tenant, tier);
      account.counter = virtualTime - credit;
      accounts.put(tenant, account);
    }
    return account;
  }

  /** It has a waiting request and had none. */
  void beginsToWait(TenantAccount account) {
    waitingTenants++;
    account.counter = Math.max(account.counter, virtualTime - credit);
  }

  void waitsNoMore() {
    waitingTenants--;
  }

  int waitingTenants() {
    return waitingTenants;
  }

  /** Somebody was chosen while this was the least counter of those that wait. */
  void chosenAt(double leastCounter) {
    virtualTime = Math.max(virtualTime, leastCounter);
  }

  /** Whether a tenant may be served so much more. */
  boolean mayCharge(TenantAccount account, double service) {
    return !othersWait(account)
        || account.counter + service / account.weight <= virtualTime + lead(account);
  }

  void charge(TenantAccount account, double service) {
    account.service += service;
    account.counter += service / account.weight;
    if (!othersWait(account)) {
      virtualTime = Math.max(virtualTime, account.counter - lead(account));
    }
  }

  private boolean othersWait(TenantAccount account) {
    return waitingTenants > (account.waiting.isEmpty() ? 0 : 1);
  }

  private double lead(TenantAccount account) {
    return window + largestLag / account.weight;
  }

  double window() {
    return window;
  }

  double virtualTime() {
    return virtualTime;
  }

  Collection<TenantAccount> all() {
    return accounts.values();
  }

  /** Forgets accounts that a new one would equal. */
  private void prune() {
    if (accounts.size() >= pruneAt) {
      accounts.values().removeIf(a -> a.sequences == 0 && a.counter <= virtualTime - credit);
      pruneAt = Math.max(PRUNE_ABOVE, 2 * accounts.size());
    }
  }

  void checkInvariants() {
    int waiting = 0;
    for (TenantAccount account : accounts.values()) {
      double slack = 1e-9 * (1 + Math.abs(account.counter));
      if (!account.waiting.isEmpty()) {
        waiting++;
        Invariants.require(
            account.counter >= virtualTime - credit - slack,
            "tenant %s waits at %s, more than the credit below %s",
            account.tenant,
            account.counter,
            virtualTime);
      }
      Invariants.require(
          account.counter <= virtualTime + lead(account) + slack,
          "tenant %s has %s, more than the bound above %s",
          account.tenant,
          account.counter,
          virtualTime);
    }
    Invariants.require(waiting == waitingTenants, "waiting tenants are miscounted");
  }
}
