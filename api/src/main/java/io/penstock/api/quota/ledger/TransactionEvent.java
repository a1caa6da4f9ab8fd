package io.penstock.api.quota.ledger;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One transaction of the ledger's threads, for JDK Flight Recorder. */
@Name("penstock.LedgerTransaction")
@Label("Ledger Transaction")
@Category("Penstock")
@StackTrace(false)
final class TransactionEvent extends Event {
  @Label("Admissions")
  int admissions;

  @Label("Settlements")
  int settlements;

  @Label("Checkpoints")
  int checkpoints;

  @Label("Quick")
  @Description("One round trip, by counters that nobody else had written")
  boolean quick;

  static TransactionEvent begun() {
    TransactionEvent event = new TransactionEvent();
    event.begin();
    return event;
  }

  void committed(int admitted, int settled, int checkpointed, boolean oneRoundTrip) {
    end();
    if (shouldCommit()) {
      admissions = admitted;
      settlements = settled;
      checkpoints = checkpointed;
      quick = oneRoundTrip;
      commit();
    }
  }
}
