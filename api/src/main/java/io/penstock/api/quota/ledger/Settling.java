package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.BudgetUse;
import io.penstock.api.gateway.settlement.Settlement;
import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The settlements and releases of one transaction. */
final class Settling {
  private final Connection connection;
  private final LockStep locked;
  private final List<Settlement> settlements = new ArrayList<>();
  private final List<Ended> late = new ArrayList<>();
  private final Set<Counter> changed = new LinkedHashSet<>();
  private final Map<UUID, Long> spent = new HashMap<>();
  private final BudgetUses budgets = new BudgetUses();

  Settling(Connection connection, LockStep locked) {
    this.connection = connection;
    this.locked = locked;
  }

  /** Resolves a hold that is there; others are seen to by {@link #addLate}. */
  void add(Ended ended) {
    HoldRecord hold = ended.hold();
    if (!locked.resolves(hold)) {
      if (ended.how() == Ended.How.SETTLED) {
        late.add(ended);
      }
      return;
    }
    Counter[] counters = locked.counters(hold.counters());
    changed.addAll(List.of(counters));
    if (ended.how() == Ended.How.RELEASED) {
      Moment admitted = hold.admitted();
      for (Counter counter : counters) {
        counter.release(admitted, hold.amounts());
      }
      return;
    }
    Settlement settlement = Bookings.of(ended);
    book(ended, settlement, hold.amounts());
  }

  /**
   * Books what ended without a hold of its own. Either it was booked before and only the commit's
   * answer was lost, or another server took us for dead and booked it at its checkpoint: then what
   * was generated since is booked now.
   */
  void addLate() throws SQLException {
    if (late.isEmpty()) {
      return;
    }
    LateBookings found = LateBookings.read(connection, late);
    for (Ended ended : late) {
      Settlement rest = found.rest(ended);
      if (rest != null) {
        changed.addAll(List.of(locked.counters(ended.hold().counters())));
        book(ended, rest, null);
      }
    }
  }

  /**
   * @param held null when it holds nothing any more
   */
  private void book(Ended ended, Settlement settlement, Amounts held) {
    Moment now = Moment.of(locked.time(), ended.hold().zone());
    Amounts used =
        new Amounts(
            (long) settlement.promptTokens() + settlement.completionTokens(),
            settlement.completionTokens(),
            settlement.costMicros());
    Counter[] counters = locked.counters(ended.hold().counters());
    for (Counter counter : counters) {
      counter.advance(now);
    }
    budgets.before(ended, counters);
    for (Counter counter : counters) {
      if (held == null) {
        counter.book(now, used);
      } else {
        counter.settle(now, held, used);
      }
    }
    budgets.after(ended, counters);
    spent.merge(settlement.tenantId(), settlement.costMicros(), Long::sum);
    settlements.add(settlement);
  }

  /** Micro-units that each organization is charged. */
  Map<UUID, Long> spent() {
    return spent;
  }

  Set<Counter> changed() {
    return changed;
  }

  /**
   * @param refused budgets that have refused requests
   */
  SettlementBatch batch(List<BudgetUse> refused) {
    List<BudgetUse> uses = new ArrayList<>(budgets.list());
    uses.addAll(refused);
    return new SettlementBatch(locked.time(), settlements, uses);
  }
}
