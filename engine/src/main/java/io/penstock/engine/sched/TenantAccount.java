package io.penstock.engine.sched;

import io.penstock.engine.core.TenantTerms;
import java.util.Comparator;
import java.util.TreeSet;

/** One tenant in one tier: its virtual counter, and its requests that wait for their first step. */
final class TenantAccount {
  private static final Comparator<Sequence> OWN_ORDER =
      Comparator.comparingInt((Sequence s) -> s.priority).thenComparingLong(s -> s.id);

  final String tenant;
  final int tier;

  /** Waiting for their first step, next first. */
  final TreeSet<Sequence> waiting = new TreeSet<>(OWN_ORDER);

  /** Service received in weighted tokens, divided by its weight; never falls. */
  double counter;

  double weight = 1;
  TenantTerms terms = TenantTerms.DEFAULT;

  /** Sequences that are not ended, waiting ones too. */
  int sequences;

  /** Prompt and most output of the waiting requests. */
  long waitingTokens;

  /** Device time that the waiting requests are estimated to need is estimated from these. */
  final WaitingWork work = new WaitingWork();

  /** Weighted tokens since the start. */
  double service;

  /** The counter when the heap saw it last: at most the counter. */
  double heapKey;

  boolean inHeap;

  /** Last plan in which its first request waits for another's prefix. */
  long deferredInPlan = -1;

  TenantAccount(String tenant, int tier) {
    this.tenant = tenant;
    this.tier = tier;
  }

  void apply(TenantTerms newTerms) {
    terms = newTerms;
    weight = newTerms.weight();
  }
}
