package io.penstock.engine.sched;

import io.penstock.engine.core.TenantBudget;
import java.util.List;

/** Asks tenants' budgets for what a step will generate; without it a sequence stops. */
final class BudgetGate {
  private final TenantBudget budget;
  private final SequenceBook book;
  private List<Long> stopped;

  BudgetGate(TenantBudget budget, SequenceBook book) {
    this.budget = budget;
    this.book = book;
  }

  /**
   * A plan begins.
   *
   * @param stoppedNow takes sequences whose budget ended and that await no token
   */
  void begin(List<Long> stoppedNow) {
    stopped = stoppedNow;
  }

  /** Whether a sequence may compute so many tokens: all but the last of a prompt are free. */
  boolean allow(Sequence sequence, int tokens) {
    boolean generates = !sequence.generatesNothing() && tokens == sequence.remaining();
    if (!generates || budget == TenantBudget.UNLIMITED) {
      return true;
    }
    SchedulingRequest request = sequence.request;
    if (budget.tryTake(request.tenant(), request.id(), 1)) {
      return true;
    }
    book.rest(sequence, Sequence.State.STOPPED);
    if (sequence.pending() == 0) {
      stopped.add(sequence.id);
    }
    return false;
  }
}
