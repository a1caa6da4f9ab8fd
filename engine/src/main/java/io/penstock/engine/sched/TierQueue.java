package io.penstock.engine.sched;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * What waits in one tier: sequences that go on (preempted ones, and choices whose prompt is
 * computed) and, by tenant, requests that have not begun and inputs of requests that have.
 *
 * <p>Tenants lie in a heap by counter. Counters only rise, so the key in the heap is a lower bound,
 * and is set right when it comes to the top: a charge costs nothing here, however many tenants
 * wait.
 */
final class TierQueue {
  /** Tenants within the window that are looked at for the longest cached prefix. */
  private static final int MOST_CANDIDATES = 8;

  private static final Comparator<Sequence> RESUMES =
      Comparator.comparingInt((Sequence s) -> s.priority).thenComparingLong(s -> s.id);

  private static final TreeSet<Sequence> NONE = new TreeSet<>(RESUMES);

  private static final Comparator<TenantAccount> LONGEST_QUEUE =
      Comparator.comparingLong((TenantAccount a) -> -a.waitingTokens).thenComparing(a -> a.tenant);

  final TenantAccounts accounts;
  final WaitingWork work = new WaitingWork();
  private final TreeSet<Sequence> resuming = new TreeSet<>(RESUMES);
  private final Map<TenantAccount, TreeSet<Sequence>> following = new LinkedHashMap<>();
  private final PriorityQueue<TenantAccount> byCounter =
      new PriorityQueue<>(Comparator.comparingDouble((TenantAccount a) -> a.heapKey));
  private final TreeSet<TenantAccount> byLength = new TreeSet<>(LONGEST_QUEUE);
  private final List<TenantAccount> aside = new ArrayList<>();
  private long waitingTokens;

  TierQueue(TenantAccounts accounts) {
    this.accounts = accounts;
  }

  // ---- those that go on

  void addResuming(Sequence sequence) {
    if (sequence.embeds()) {
      following.computeIfAbsent(sequence.account, _ -> new TreeSet<>(RESUMES)).add(sequence);
    } else {
      resuming.add(sequence);
    }
  }

  void removeResuming(Sequence sequence) {
    if (!sequence.embeds()) {
      resuming.remove(sequence);
      return;
    }
    TreeSet<Sequence> own = following.get(sequence.account);
    own.remove(sequence);
    if (own.isEmpty()) {
      following.remove(sequence.account);
    }
  }

  /** Whether it waits to go on. */
  boolean hasResuming(Sequence sequence) {
    return sequence.embeds()
        ? following.getOrDefault(sequence.account, NONE).contains(sequence)
        : resuming.contains(sequence);
  }

  /**
   * The next input of a request whose first has begun, of the tenant with the least counter.
   *
   * @param mayGoOn whether its tenant is not too far ahead
   * @return null when there is none
   */
  Sequence following(Predicate<Sequence> mayGoOn) {
    Sequence best = null;
    for (TreeSet<Sequence> own : following.values()) {
      Sequence first = own.first();
      if ((best == null || first.account.counter < best.account.counter) && mayGoOn.test(first)) {
        best = first;
      }
    }
    return best;
  }

  TreeSet<Sequence> resuming() {
    return resuming;
  }

  // ---- those that begin

  void add(Sequence sequence) {
    TenantAccount account = sequence.account;
    if (account.waiting.isEmpty()) {
      accounts.beginsToWait(account);
      enterHeap(account);
    }
    account.waiting.add(sequence);
    count(sequence, 1);
    work.add(sequence);
    account.work.add(sequence);
  }

  void remove(Sequence sequence) {
    TenantAccount account = sequence.account;
    account.waiting.remove(sequence);
    count(sequence, -1);
    work.remove(sequence);
    account.work.remove(sequence);
    if (account.waiting.isEmpty()) { // the heap drops it when it comes to the top
      accounts.waitsNoMore();
    }
  }

  private void count(Sequence sequence, int sign) {
    TenantAccount account = sequence.account;
    byLength.remove(account);
    account.waitingTokens += sign * sequence.request.tokens();
    waitingTokens += sign * sequence.request.tokens();
    if (account.waitingTokens > 0) {
      byLength.add(account);
    }
  }

  private void enterHeap(TenantAccount account) {
    if (!account.inHeap) {
      account.inHeap = true;
      account.heapKey = account.counter;
      byCounter.add(account);
    }
  }

  boolean isEmpty() {
    return resuming.isEmpty() && following.isEmpty() && work.requests == 0;
  }

  int waitingRequests() {
    return work.requests;
  }

  long waitingTokens() {
    return waitingTokens;
  }

  /** The tenant whose requests that wait have the most tokens, or null. */
  TenantAccount longest() {
    return byLength.isEmpty() ? null : byLength.first();
  }

  /**
   * The request to begin next: of the tenants within the window above the least counter, the one
   * with the most cached tokens, then the earliest.
   *
   * @param plan number of the plan; tenants that it deferred are left out
   * @return null when there is none
   */
  Sequence next(long plan, ToIntFunction<Sequence> cachedTokens) {
    Sequence best = null;
    int bestCached = 0;
    int seen = 0;
    double limit = Double.POSITIVE_INFINITY; // until the first that is not deferred
    for (TenantAccount at = top();
        at != null && at.counter <= limit && seen < MOST_CANDIDATES;
        at = top()) {
      aside.add(byCounter.poll());
      if (at.deferredInPlan == plan) {
        continue;
      }
      limit = Math.min(limit, at.counter + accounts.window());
      seen++;
      Sequence first = at.waiting.first();
      int cached = cachedTokens.applyAsInt(first);
      if (best == null || cached > bestCached || cached == bestCached && first.id < best.id) {
        best = first;
        bestCached = cached;
      }
    }
    byCounter.addAll(aside);
    aside.clear();
    return best;
  }

  /**
   * Tokens of the first prompts of tenants whose counters are below a bound, of a few at most.
   *
   * @param most no more than these are counted
   */
  int firstPromptsBelow(double counter, int most) {
    long tokens = 0;
    int seen = 0;
    for (TenantAccount at = top();
        at != null && at.counter < counter && tokens < most && seen++ < MOST_CANDIDATES;
        at = top()) {
      aside.add(byCounter.poll());
      tokens += at.waiting.first().promptLength();
    }
    byCounter.addAll(aside);
    aside.clear();
    return (int) Math.min(tokens, most);
  }

  /** To be called when one that {@link #next} gave is admitted, before it leaves. */
  void chosen() {
    accounts.chosenAt(top().counter);
  }

  /** The tenant with the least counter, its key set right; null when none waits. */
  private TenantAccount top() {
    while (!byCounter.isEmpty()) {
      TenantAccount top = byCounter.peek();
      if (top.waiting.isEmpty()) {
        byCounter.poll();
        top.inHeap = false;
      } else if (top.heapKey < top.counter) {
        byCounter.poll();
        top.heapKey = top.counter;
        byCounter.add(top);
      } else {
        return top;
      }
    }
    return null;
  }

  void checkInvariants() {
    accounts.checkInvariants();
    int requests = 0;
    long tokens = 0;
    for (TenantAccount account : accounts.all()) {
      requests += account.waiting.size();
      tokens += account.waitingTokens;
      Invariants.require(
          account.waiting.isEmpty() || account.inHeap, "tenant %s is in no heap", account.tenant);
      Invariants.require(
          account.waiting.size() == account.work.requests,
          "requests of %s are miscounted",
          account.tenant);
      Invariants.require(
          account.waiting.isEmpty() != byLength.contains(account),
          "tenant %s is not among the queues by length",
          account.tenant);
    }
    Invariants.require(requests == work.requests, "requests of a tier are miscounted");
    Invariants.require(tokens == waitingTokens, "tokens of a tier are miscounted");
  }
}
