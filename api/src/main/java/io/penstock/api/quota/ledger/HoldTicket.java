package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.AdmissionPort.Ticket;
import io.penstock.api.gateway.BudgetLease;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.OpenAiError;
import io.penstock.api.quota.admission.RateLimitHeaders;
import java.util.Optional;
import java.util.function.BiConsumer;

/** What the gateway has of a hold. */
final class HoldTicket implements Ticket, BudgetLease {
  private final RunningHold hold;
  private final LedgerThread ledger;

  HoldTicket(RunningHold hold, LedgerThread ledger) {
    this.hold = hold;
    this.ledger = ledger;
  }

  @Override
  public Optional<BudgetLease> lease() {
    return Optional.of(this);
  }

  @Override
  public long maxTokens() {
    return hold.maxTokens();
  }

  @Override
  public void headers(BiConsumer<String, String> header) {
    RateLimitHeaders.write(hold.rates(), header);
  }

  @Override
  public void generated(int tokens) {
    if (hold.generated(tokens)) {
      ledger.checkpointDue(hold);
    }
  }

  @Override
  public boolean tryTake(int tokens) {
    return hold.tryTake(tokens);
  }

  @Override
  public void giveBack(int tokens) {
    hold.giveBack(tokens);
  }

  @Override
  public OpenAiError.Body ended() {
    return hold.ended();
  }

  @Override
  public void settle(RequestInfo request, Outcome outcome) {
    ledger.ended(hold, outcome);
  }

  @Override
  public void release() {
    ledger.ended(hold, null);
  }
}
