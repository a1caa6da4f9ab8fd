package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.BudgetUse;
import io.penstock.api.gateway.settlement.Settlement;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The settlements and releases of one transaction: first what is booked, then what it counts. */
final class Settling {
  private final HoldStep held;
  private final List<Ended> late = new ArrayList<>();
  private final List<Ended> releases = new ArrayList<>();
  private final List<Booking> bookings = new ArrayList<>();
  private final Set<Counter> changed = new LinkedHashSet<>();
  private final BudgetUses budgets = new BudgetUses();

  private record Booking(Ended ended, Settlement settlement, Of of) {}

  /** What a booking replaces. */
  private enum Of {
    /** What the request held, which is freed. */
    HOLD,
    /** Nothing: it comes on top of what was booked at a checkpoint. */
    REST,
    /** Nothing: the database has forgotten the admission, which is to be counted as well. */
    FORGOTTEN
  }

  Settling(HoldStep held) {
    this.held = held;
  }

  /**
   * Finds out what is to be booked of each.
   *
   * <p>What ended without a hold of its own either was booked before and only the commit's answer
   * was lost, or another server took us for dead and booked it at its checkpoint: then what was
   * generated since is booked now. Or a crash of the database took the hold back, and all is.
   */
  void add(Connection connection, List<Ended> all) throws SQLException {
    for (Ended ended : all) {
      if (!held.resolves(ended.hold())) {
        if (ended.how() == Ended.How.SETTLED) {
          late.add(ended);
        }
      } else if (ended.how() == Ended.How.RELEASED) {
        releases.add(ended);
      } else {
        bookings.add(new Booking(ended, Bookings.of(ended), Of.HOLD));
      }
    }
    if (late.isEmpty()) {
      return;
    }
    LateBookings found = LateBookings.read(connection, late);
    for (Ended ended : late) {
      Settlement rest = found.rest(ended);
      if (rest != null) {
        bookings.add(new Booking(ended, rest, found.isBooked(ended) ? Of.REST : Of.FORGOTTEN));
      }
    }
  }

  List<Settlement> settlements() {
    return bookings.stream().map(Booking::settlement).toList();
  }

  /** Ids of the counters that these change. */
  Set<Long> counters() {
    Set<Long> ids = new HashSet<>();
    releases.forEach(ended -> add(ids, ended));
    bookings.forEach(booking -> add(ids, booking.ended));
    return ids;
  }

  private static void add(Set<Long> ids, Ended ended) {
    Arrays.stream(ended.hold().counters()).forEach(ids::add);
  }

  /** Whether what is booked by the transaction's time counts in the same days at another. */
  boolean countsInTheSameDays(Instant time) {
    return bookings.stream()
        .map(booking -> booking.ended.hold().zone())
        .distinct()
        .allMatch(zone -> Moment.of(time, zone).day() == Moment.of(held.time(), zone).day());
  }

  /** Counts it. */
  void count(CounterView view) {
    for (Ended ended : releases) {
      HoldRecord hold = ended.hold();
      for (Counter counter : view.counters(hold.counters())) {
        counter.release(hold.admitted(), hold.amounts());
        changed.add(counter);
      }
    }
    bookings.forEach(booking -> count(booking, view));
  }

  private void count(Booking booking, CounterView view) {
    HoldRecord hold = booking.ended.hold();
    Settlement settlement = booking.settlement;
    Moment now = Moment.of(view.time(), hold.zone());
    Amounts used =
        new Amounts(
            (long) settlement.promptTokens() + settlement.completionTokens(),
            settlement.completionTokens(),
            settlement.costMicros());
    Counter[] counters = view.counters(hold.counters());
    for (Counter counter : counters) {
      counter.advance(now);
    }
    budgets.before(booking.ended, counters);
    for (Counter counter : counters) {
      switch (booking.of) {
        case HOLD -> counter.settle(now, hold.amounts(), used);
        case REST -> counter.book(now, used);
        case FORGOTTEN -> {
          counter.admit(now, Amounts.NONE);
          counter.settle(now, Amounts.NONE, used);
        }
      }
      changed.add(counter);
    }
    budgets.after(booking.ended, counters);
  }

  Set<Counter> changed() {
    return changed;
  }

  /** Budgets that changed. */
  List<BudgetUse> budgets() {
    return budgets.list();
  }
}
